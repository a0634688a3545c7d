//! French.

use proto::checkout::v1::TillFinding;

use super::{Words, refund, slip};
use crate::{
    card::NotTaken,
    client::Refusal,
    paper::PrinterFailure,
    till::{Closure, Notice},
};

pub(super) static WORDS: Words = Words {
    lang: "fr",
    till: "Caisse",
    other_lang: "en",
    other_name: "English",
    welcome: "Bonjour !",
    first_scan: "Scannez votre premier article, ou votre carte de fidélité.",
    scan_label: "Code de l’article ou de la carte",
    scan_button: "Ajouter",
    your_basket: "Votre panier",
    article: "Article",
    quantity: "Quantité",
    amount: "Montant",
    nothing_yet: "Votre panier est vide.",
    one_more: "Un de plus :",
    one_less: "Un de moins :",
    remove: "Retirer",
    total: "Total",
    articles: "article(s)",
    saved: "Vous économisez",
    hello: "Bonjour",
    member_known: "Votre carte est reconnue.",
    card_label: "Numéro de votre carte de fidélité",
    card_button: "Valider la carte",
    discount_label: "Code de remise",
    discount_button: "Appliquer",
    claimed: "Remise demandée :",
    pay: "Payer",
    card_slip: "Ticket de votre carte",
    pay_otherwise: "Payer autrement",
    means_question: "Comment voulez-vous payer ?",
    pay_card: "Tout par carte",
    pay_part: "Une partie par carte, en euros",
    pay_this: "Payer ce montant",
    pay_meal_voucher: "Par carte de titres-restaurant, au plus",
    pay_store_credit: "Avec votre avoir",
    store_credit_balance: "votre avoir :",
    held: "Une partie est payée",
    held_paid: "payés, reste",
    pay_the_rest: "Payer le reste",
    give_back: "Annuler ce paiement",
    give_back_sure: "Tout ce que vous avez payé vous est rendu, et votre panier reste ouvert.",
    give_back_button: "Oui, tout me rendre",
    giving_back: "Reprenez votre argent au terminal de paiement",
    giving_back_text: "Présentez la même carte : le montant y est rendu.",
    given_back: "Ce qui vous a été rendu",
    back_to: "rendus sur :",
    back_to_credit: "remis sur votre avoir",
    back_by_staff: "rendus par une personne de l’équipe",
    by_card: "Carte",
    by_meal_voucher: "Titre-restaurant",
    by_store_credit: "Avoir",
    give_back_by_hand: "Une personne de l’équipe vous rend :",
    give_back_unknown: "Nous ne savons pas si cette somme vous a été rendue :",
    no_code: "Article sans code-barres",
    products: "Choisissez un article",
    search_label: "Nom de l’article",
    search_button: "Chercher",
    nothing_found: "Aucun article ne porte ce nom.",
    others: "Autres",
    weigh: "Pesez cet article",
    weight_label: "Poids brut, en grammes",
    tare_label: "Tare (emballage), en grammes",
    read_scale: "Lire la balance",
    back: "Retour au panier",
    tare: "tare déduite",
    prior_price: "prix le plus bas des 30 derniers jours :",
    unknown_codes: "Codes à vérifier",
    unknown_text: "Continuez vos achats : une personne de l’équipe les vérifie avant le paiement.",
    staff_product: "Code de l’article",
    staff_grams: "Poids net en grammes, si rien ne le dit",
    staff_resolve: "C’est cet article",
    meal_vouchers: "Payable en titres-restaurant :",
    deposits: "Dont consignes :",
    bag_question: "Voulez-vous un sac ?",
    bag_none: "Non merci",
    empties_label: "Code d’un emballage consigné à rendre",
    empties_button: "Rendre",
    not_my_card: "Ce n’est pas ma carte",
    confirm: "Valider",
    to_receive: "À recevoir à l’accueil :",
    give_up: "Abandonner mes achats",
    give_up_sure: "Votre panier sera vidé.",
    give_up_button: "Oui, tout abandonner",
    go_on: "Continuer mes achats",
    starting: "Un instant",
    starting_text: "La caisse reprend là où elle en était.",
    paying: "Suivez les instructions du terminal de paiement",
    paying_text: "Présentez ou insérez votre carte. Pour renoncer, appuyez sur la touche rouge du terminal.",
    telling_taken: "Paiement accepté",
    telling_not_taken: "Un instant",
    telling_text: "Nous enregistrons. Ne partez pas encore.",
    attendant: "Une personne arrive",
    attendant_text: "Ne payez pas une deuxième fois. Montrez cet écran à un membre de notre équipe.",
    asked_at: "Demandé au terminal de paiement à",
    payment_unknown: "Nous ne savons pas si votre paiement est passé.",
    voucher_refused: "Votre carte est une carte titre-restaurant : elle ne peut pas payer autant. La somme prélevée vous est rendue.",
    sale_refused: "Votre paiement est passé, mais la vente n’a pas pu être enregistrée.",
    staff_only: "Réservé à l’équipe",
    staff_code: "Code de l’équipe",
    staff_last4: "Quatre derniers chiffres de la carte",
    staff_slip: "D’après le ticket commerçant",
    staff_authorisation: "Numéro d’autorisation (NUM AUTO), s’il y en a un",
    staff_brand: "Type de carte, si c’est lisible",
    staff_amount: "Montant du ticket commerçant, en euros",
    staff_paid: "Le client a payé",
    staff_not_paid: "Rien n’a été payé",
    staff_given_back: "La somme a été rendue",
    staff_try_again: "Vérifier de nouveau",
    thanks: "Merci !",
    paid: "Payé",
    ticket: "Ticket n°",
    ticket_mailed: "Votre ticket et votre reçu de carte arrivent dans votre boîte e-mail.",
    ticket_mailed_there: "Votre ticket et votre reçu de carte arrivent à l’adresse que vous avez saisie, qui est ensuite effacée.",
    ticket_behind_code: "Scannez ce code avec votre téléphone : votre ticket y reste lisible 30 jours.",
    ticket_on_paper: "Votre ticket est imprimé.",
    ticket_not_wanted: "Sans ticket, comme vous l’avez souhaité.",
    ticket_not_mailed: "Demandez votre ticket à l’accueil si vous le souhaitez.",
    code_label: "Code qui ouvre votre ticket sur votre téléphone",
    print: "Imprimer le ticket",
    print_slip: "Imprimer ce ticket de carte",
    slip_seen: "J’ai lu, l’enlever de l’écran",
    receipt_question: "Comment voulez-vous votre ticket ?",
    receipt_card_email: "À l’adresse e-mail de ma carte",
    receipt_qr: "Par code QR à l’écran",
    receipt_qr_hint: "sans donner d’adresse, lisible 30 jours",
    receipt_email: "À une adresse e-mail que je saisis",
    receipt_paper: "Imprimé",
    receipt_none: "Pas de ticket",
    receipt_paper_at_desk: "Vous préférez le papier ? L’accueil l’imprime.",
    receipt_notice: "Sauf exception légale, les tickets de caisse et de carte bancaire ne sont imprimés qu’à votre demande, et la forme électronique ne peut pas vous être imposée (article L. 541-15-10 du code de l’environnement).",
    email_title: "Votre adresse e-mail",
    email_label: "Adresse e-mail pour ce ticket",
    email_go_on: "Continuer",
    email_use: "Elle sert à envoyer ce ticket, à rien d’autre : elle est effacée après l’envoi, aussitôt si vous renoncez, et au plus tard après 72 heures, par exemple si vous mettez votre panier en attente sans le reprendre.",
    email_back: "Choisir autrement",
    email_confirm: "Est-ce bien cette adresse ?",
    email_meant: "Vouliez-vous écrire :",
    email_as_typed: "Non, c’est bien",
    email_right: "Oui, payer",
    email_again: "Corriger l’adresse",
    next: "Client suivant",
    help: "Appeler une personne",
    help_comes: "Une personne de l’équipe est prévenue.",
    help_withdraw: "Ce n’est plus nécessaire",
    gives_up_in: "Votre panier sera vidé dans",
    seconds: "secondes",
    approval_waits: "Une personne de l’équipe est prévenue et vérifie votre âge avant le paiement.",
    from_age: "à partir de",
    years: "ans",
    audit_waits: "Votre panier a été tiré au sort : une personne de l’équipe vérifie quelques articles avant le paiement.",
    audits_happen: "Certains paniers, tirés au sort, sont vérifiés avant le paiement.",
    audit_title: "Contrôle du panier",
    audit_open: "Réservé à l’équipe : scanner à nouveau",
    audit_scan: "Article à scanner à nouveau",
    audit_scanned: "scannés à nouveau",
    audit_end: "Terminer le contrôle",
    audit_found: "Contrôle : dans le panier",
    audit_missing: "absents du panier",
    audit_left: "non vérifiés",
    mute: "Couper le son",
    unmute: "Remettre le son",
    cue_added: "Ajouté",
    cue_removed: "Retiré",
    cue_alert: "À lire",
    cue_paid: "Payé",
    suspend: "Mettre en attente",
    suspended: "Votre panier est en attente",
    suspended_text: "Notez ce code : il rappelle votre panier à toutes les caisses de ce magasin. Votre carte de fidélité aussi, si vous l’avez présentée.",
    suspended_until: "Votre panier est gardé jusqu’à la fin de la journée du magasin.",
    suspended_noted: "J’ai noté le code",
    resume: "Reprendre mes achats",
    resume_text: "Tapez le code que vous avez noté, ou scannez votre carte de fidélité.",
    resume_label: "Code de votre panier",
    resume_button: "Reprendre",
    resume_keys: "Touches",
    resume_erase: "Effacer",
    resume_leave: "Retour",
    keyboard: "Clavier",
    key_done: "Terminé",
    key_space: "Espace",
    key_capitals: "Majuscules",
    key_signs: "@ arobase|. point|- tiret|_ tiret bas|+ plus|, virgule|' apostrophe",
    locked: "Caisse fermée",
    locked_text: "Cette caisse est fermée. Une autre vous accueille volontiers.",
    for_staff: "Pour l’équipe",
    training: "FORMATION — ticket factice",
    training_label: "Formation",
    training_paying: "Formation : paiement simulé",
    training_paying_text: "Aucun terminal de paiement n’est sollicité et personne ne paie. Choisissez sa réponse ; sans choix, la carte est acceptée après quelques secondes.",
    training_accepted: "Carte acceptée",
    training_refused: "Carte refusée",
    training_not_sent: "En formation, rien n’est envoyé : hors formation, le ticket et le reçu de carte partiraient maintenant par e-mail.",
};

pub(super) fn notice(notice: Notice) -> &'static str {
    match notice {
        Notice::Refused(refusal) => refused(refusal),
        Notice::NoAnswer => "La caisse ne répond pas. Vérifiez votre panier, puis réessayez.",
        Notice::Busy => "Un instant : la caisse est occupée.",
        Notice::NeedsAttendant => "Une personne doit d’abord regarder.",
        Notice::NoBasket => "Scannez d’abord un article.",
        Notice::NotACard => "Ce n’est pas une carte de fidélité.",
        Notice::CodeKept => "Ce code n’est pas connu. Continuez : une personne de l’équipe le vérifiera.",
        Notice::NoWeight => "La balance n’a pas donné de poids. Saisissez-le.",
        Notice::BasketChanged => "Votre panier a changé. Vérifiez-le avant de payer.",
        Notice::PresentCardAgain => "Présentez de nouveau votre carte de fidélité.",
        Notice::NotPaid(cause) => not_paid(cause),
        Notice::PaymentUnknown => "Nous ne savons pas si votre paiement est passé.",
        Notice::PartPaid => {
            "Une partie est déjà payée : payez le reste, ou demandez qu’elle vous soit rendue."
        }
        Notice::NotAnAmount => "Ce montant n’est pas possible. Vérifiez-le.",
        Notice::GivenBackByHand => "Une personne de l’équipe vous rend la somme.",
        Notice::GiveBackUnknown => "Nous ne savons pas si la somme vous a été rendue.",
        Notice::TakenAfterAll => {
            "Le terminal de carte dit à présent que votre carte a été débitée. Ne payez pas à nouveau : une personne vient."
        }
        Notice::Refund(refund) => refund::french(refund),
        Notice::SaleRefused => "La vente n’a pas pu être enregistrée.",
        Notice::WrongAttendantCode => "Ce code n’est pas valable, ou pas en ce moment.",
        Notice::NotFourDigits => "Quatre chiffres sont attendus.",
        Notice::NotAnAuthorisation => "Dix lettres et chiffres au plus sont attendus, sans espace.",
        Notice::UnknownBrand => "Ce type de carte n’est pas connu.",
        Notice::OtherAmount => {
            "Le montant du ticket commerçant doit être celui demandé. Vérifiez que c’est le bon ticket."
        }
        Notice::CardNumberTyped => {
            "N’écrivez jamais un numéro de carte entier : seulement ses quatre derniers chiffres. Rien n’a été gardé."
        }
        Notice::NotOffered => "Cette caisse ne le propose pas. Demandez à l’accueil.",
        Notice::NotAnAddress => "Ce n’est pas une adresse e-mail. Vérifiez-la.",
        Notice::AddressNotKept => {
            "L’e-mail n’est pas possible pour l’instant. Choisissez le code QR ou le papier."
        }
        Notice::Printing => "Votre ticket s’imprime.",
        Notice::Printed => "Prenez votre ticket.",
        Notice::NotPrinted(failure) => not_printed(failure),
        Notice::SlipNotPrinted(failure) => slip::french(failure),
        Notice::StillThere => "Êtes-vous toujours là ? Sans réponse, votre panier sera vidé.",
        Notice::NoteTheCode => "Notez d’abord le code, puis touchez le bouton.",
        Notice::NotACode => "Ce n’est pas un code de panier : il a huit lettres et chiffres.",
        Notice::FinishFirst => "Payez d’abord ce panier, ou mettez-le en attente.",
        Notice::Locked => "Cette caisse est fermée.",
        Notice::Closed => "Cette caisse est fermée pour le moment. Une autre vous accueille.",
        Notice::Approved => "Vous pouvez payer : la vérification est faite.",
        Notice::GoodsTakenOut => "Les articles réservés aux plus âgés ont été retirés.",
        Notice::CodeSettled => "Une personne de l’équipe a vérifié un code.",
        Notice::Checked => "Le contrôle est terminé : vous pouvez payer.",
        Notice::NotUnderstood => "Cela n’a pas été compris. Recommencez.",
        Notice::Stopping => "La caisse s’arrête.",
    }
}

fn not_paid(cause: NotTaken) -> &'static str {
    match cause {
        NotTaken::Refused => "Le paiement est refusé. Rien n’a été débité. Vous pouvez réessayer.",
        NotTaken::Abandoned => "Le paiement est abandonné. Rien n’a été débité.",
        NotTaken::TimedOut => "Aucune carte n’a été présentée à temps. Rien n’a été débité.",
        NotTaken::NotDone => "Le paiement n’a pas eu lieu. Rien n’a été débité. Vous pouvez réessayer.",
        NotTaken::Unreachable => "Le terminal de paiement ne répond pas. Rien n’a été débité.",
        NotTaken::SettledByStaff => "Rien n’a été payé. Vous pouvez réessayer.",
        NotTaken::GivenBack => "Tout vous a été rendu. Votre panier est toujours là.",
    }
}

fn not_printed(failure: PrinterFailure) -> &'static str {
    match failure {
        PrinterFailure::PaperEnd => "L’imprimante n’a plus de papier. L’accueil imprime votre ticket.",
        PrinterFailure::CoverOpen => "Le capot de l’imprimante est ouvert. L’accueil imprime votre ticket.",
        PrinterFailure::Silent | PrinterFailure::Fault => {
            "L’imprimante ne répond pas. L’accueil imprime votre ticket."
        }
    }
}

fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownCode => "Cet article n’est pas connu. Demandez de l’aide.",
        Refusal::BadCheckDigit => "Le code a été mal lu. Scannez encore une fois.",
        Refusal::UnreadableCode | Refusal::NothingScanned => {
            "Ce code n’est pas lisible. Scannez-en un autre, ou demandez de l’aide."
        }
        Refusal::MemberCard => "C’est une carte de membre : scannez-la seule.",
        Refusal::LabelMismatch => "L’étiquette ne correspond pas à cet article. Demandez de l’aide.",
        Refusal::ZeroMeasure => "L’étiquette indique zéro. Pesez encore une fois, ou demandez de l’aide.",
        Refusal::NoPrice => "Cet article n’a pas de prix. Demandez de l’aide.",
        Refusal::BasketFull => "Votre panier est complet.",
        Refusal::BasketEmpty => "Votre panier est vide.",
        Refusal::QuantityOutOfRange => "Cette quantité est impossible. Un article au poids doit être pesé.",
        Refusal::CodesUnresolved => "Un code attend d’être vérifié. Demandez de l’aide.",
        Refusal::Recalled => "Cet article est rappelé : il ne peut pas être vendu. Remettez-le à l’équipe.",
        Refusal::Expired => "La date de cet article est dépassée : il ne peut pas être vendu.",
        Refusal::NotSoldNow => {
            "À cette heure, cet article ou un article du panier ne peut pas être vendu. Retirez-le et remettez-le à l’équipe."
        }
        Refusal::DepositLimit => "Ce panier ne peut plus rendre de consignes. Adressez-vous à l’accueil.",
        Refusal::NotADeposit => "Cet emballage n’est pas consigné.",
        Refusal::DiscountUsedUp => "Une remise n’est plus disponible. Vérifiez le nouveau total.",
        Refusal::ApprovalNeeded => {
            "Une personne de l’équipe doit d’abord vérifier votre âge. Elle est prévenue."
        }
        Refusal::AuditNeeded => {
            "Votre panier a été tiré au sort : une personne de l’équipe le vérifie. Elle est prévenue."
        }
        Refusal::TooManyCards => {
            "Trop de cartes inconnues de suite. Attendez dix secondes, ou continuez sans carte."
        }
        Refusal::TillLocked => "Cette caisse est fermée.",
        Refusal::NothingSuspended => "Aucun panier de ce magasin n’attend sous ce code ou cette carte.",
        Refusal::TooManyGuesses => "Trop d’essais. Attendez une minute, ou allez à une autre caisse.",
        Refusal::BasketSuspended | Refusal::BasketMoved => {
            "Ce panier est en attente, ou continue à une autre caisse."
        }
        Refusal::TillCloned => "Cette caisse est fermée : son disque est une copie.",
        Refusal::TillClaimedElsewhere => "Cette caisse est fermée : une autre machine a pris sa place.",
        Refusal::UnknownLine => "Cet article n’est plus dans le panier.",
        Refusal::UnknownCard => "Cette carte n’est pas connue. Adressez-vous à l’accueil.",
        Refusal::UnknownDiscount => "Ce code de remise n’est pas valable en ce moment.",
        Refusal::NoStoreCredit => "Votre avoir ne suffit pas, ou plus. Rien n’en a été pris.",
        Refusal::MealVoucherLimit => "Les titres-restaurant ne peuvent pas payer autant de ce panier.",
        Refusal::BasketClosed
        | Refusal::BasketFrozen
        | Refusal::BasketNotFrozen
        | Refusal::BasketVersionStale
        | Refusal::AmountMismatch
        | Refusal::PaymentNeeded
        | Refusal::TenderTooLarge
        | Refusal::TooManyTenders
        | Refusal::TendersHeld
        | Refusal::Refund(_)
        | Refusal::RequestIdReused
        | Refusal::NotFound
        | Refusal::InvalidField
        | Refusal::Other => "Ce n’est pas possible. Demandez de l’aide.",
    }
}

pub(super) const fn closed(closure: Closure) -> &'static str {
    match closure {
        Closure::Findings => "Une autre caisse vous accueille volontiers. Celle-ci rouvre toute seule.",
        Closure::NoCheckout => {
            "La caisse attend le serveur du magasin. Elle démarre toute seule dès qu’il répond."
        }
        Closure::Claimed(Refusal::TillCloned) => {
            "Le disque de cette machine est une copie : une autre machine travaille sous le nom de cette caisse. \
             Éteignez celle des deux qui ne doit pas vendre, puis appelez le bureau."
        }
        Closure::Claimed(_) => {
            "Une autre machine travaille sous le nom de cette caisse. Éteignez celle des deux qui ne doit pas \
             vendre ; si celle-ci la remplace, appelez le bureau."
        }
    }
}

pub(super) const fn finding(finding: TillFinding) -> &'static str {
    match finding {
        TillFinding::CardTerminalSilent => {
            "Le terminal de carte ne répond pas : vérifiez qu’il est allumé et relié."
        }
        TillFinding::CardTerminalNotReady => "Le terminal de carte n’est pas prêt : regardez son écran.",
        TillFinding::PrinterSilent => "L’imprimante ne répond pas : vérifiez qu’elle est allumée et reliée.",
        TillFinding::PrinterPaperEnd => "L’imprimante n’a plus de papier : changez le rouleau.",
        TillFinding::PrinterCoverOpen => "Le capot de l’imprimante est ouvert : fermez-le.",
        TillFinding::PrinterFault => "L’imprimante est en panne : éteignez-la, puis rallumez-la.",
        TillFinding::ScaleSilent => "La balance ne répond pas : vérifiez qu’elle est allumée et reliée.",
        TillFinding::ClockWrong => "L’heure de la caisse n’est pas celle du magasin : appelez le bureau.",
        TillFinding::DiskFull => "Le disque de la caisse est plein : appelez le bureau.",
        TillFinding::CertificateEnds => {
            "Le certificat de la caisse finit dans moins de deux semaines : appelez le bureau."
        }
        TillFinding::TicketUnprinted => "Un ticket demandé sur papier n’a pas été imprimé.",
        TillFinding::ClaimedTwice => "Une autre machine veut être cette caisse : appelez le bureau.",
        TillFinding::Unspecified => "Quelque chose ne va pas : appelez le bureau.",
    }
}
