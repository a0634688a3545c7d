//! The one table role × RPC × page. What is not in it is refused.

use crate::identity::Role::{
    self, Analytics, Attendant, Checkout, Desk, Manager, Membership, Operator, Portal, Receipt, Reviews,
    Supplier, Terminal,
};

/// Who may call which RPC.
pub const RPCS: &[(&str, &[Role])] = &[
    ("/cabas.checkout.v1.CheckoutService/OpenBasket", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/GetBasket", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/IdentifyMember", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/ScanItem", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/SetQuantity", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/RemoveItem", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/UnidentifyMember", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/ResolveCode", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/ReturnDeposit", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/ApplyDiscount", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/ChooseReceipt", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/RecordAudit", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/BeginPayment", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/AbandonPayment", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/TakeTender", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/ReturnTender", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/GetStoreCredit", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/CompleteSale", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/CancelBasket", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/GetSale", &[Terminal, Receipt, Desk, Manager]),
    ("/cabas.checkout.v1.CheckoutService/GetCardSlip", &[Receipt]),
    ("/cabas.checkout.v1.CheckoutService/PrintTicket", &[Terminal]),
    ("/cabas.checkout.v1.CheckoutService/RefundLines", &[Reviews, Desk, Manager]),
    ("/cabas.checkout.v1.RefundService/PreviewRefund", &[Reviews]),
    ("/cabas.checkout.v1.RefundService/RequestRefund", &[Reviews]),
    ("/cabas.checkout.v1.RefundService/ListRefundRequests", &[Desk, Manager]),
    ("/cabas.checkout.v1.RefundService/AnswerRefundRequest", &[Desk, Manager]),
    ("/cabas.checkout.v1.SuspensionService/SuspendBasket", &[Terminal]),
    ("/cabas.checkout.v1.SuspensionService/ResumeBasket", &[Terminal]),
    ("/cabas.checkout.v1.PayoutService/ListRefundsDue", &[Desk, Attendant, Manager, Operator]),
    ("/cabas.checkout.v1.PayoutService/PayOutRefund", &[Desk, Attendant]),
    ("/cabas.checkout.v1.PayoutService/SettleAcquirerRefund", &[Desk, Manager, Operator]),
    ("/cabas.checkout.v1.TillService/ClaimTill", &[Terminal]),
    ("/cabas.checkout.v1.TillService/ReportTill", &[Terminal]),
    ("/cabas.checkout.v1.TillService/CallAttendant", &[Terminal]),
    ("/cabas.checkout.v1.TillService/WithdrawCall", &[Terminal]),
    ("/cabas.checkout.v1.AttendanceService/ListTills", &[Desk, Attendant, Manager]),
    ("/cabas.checkout.v1.AttendanceService/WatchTills", &[Desk, Attendant, Manager]),
    ("/cabas.checkout.v1.AttendanceService/AnswerIntervention", &[Desk, Attendant, Manager]),
    ("/cabas.checkout.v1.AttendanceService/LockTill", &[Desk, Attendant, Manager, Operator]),
    ("/cabas.checkout.v1.AttendanceService/ListBasketEdits", &[Desk, Attendant, Manager]),
    ("/cabas.checkout.v1.AttendanceService/ReleaseTill", &[Operator]),
    ("/cabas.checkout.v1.TrainingService/SetTillMode", &[Manager, Operator]),
    ("/cabas.checkout.v1.TrainingService/GetTrainingTicket", &[Portal]),
    ("/cabas.checkout.v1.AcquirerService/ImportAcquirerFile", &[Operator]),
    ("/cabas.checkout.v1.JournalService/MakeClosings", &[Operator, Manager]),
    ("/cabas.checkout.v1.JournalService/ListClosings", &[Operator, Manager]),
    ("/cabas.checkout.v1.JournalService/ExportArchive", &[Operator, Manager]),
    ("/cabas.checkout.v1.CatalogueService/PutStore", &[Operator]),
    ("/cabas.checkout.v1.CatalogueService/PutTerminal", &[Operator]),
    ("/cabas.checkout.v1.CatalogueService/PutPromotion", &[Operator]),
    ("/cabas.checkout.v1.CatalogueService/ImportCatalogue", &[Operator]),
    ("/cabas.checkout.v1.CatalogueService/GetImport", &[Operator]),
    ("/cabas.checkout.v1.CatalogueService/ImportPrices", &[Operator]),
    ("/cabas.checkout.v1.CatalogueService/FindProducts", &[Terminal]),
    ("/cabas.checkout.v1.CatalogueService/GetTiles", &[Terminal]),
    ("/cabas.checkout.v1.CatalogueService/PutRecall", &[Operator, Manager]),
    ("/cabas.checkout.v1.CatalogueService/ListRecalls", &[Operator, Manager]),
    ("/cabas.checkout.v1.CatalogueService/ListRecallSales", &[Operator, Manager]),
    ("/cabas.checkout.v1.CatalogueService/ListHeldPrices", &[Operator, Manager]),
    ("/cabas.checkout.v1.CatalogueService/SettleHeldPrice", &[Operator, Manager]),
    ("/cabas.checkout.v1.CatalogueService/ListProducts", &[Operator, Terminal, Manager]),
    ("/cabas.checkout.v1.CatalogueService/ListStores", &[Operator, Portal, Manager]),
    ("/cabas.checkout.v1.CatalogueService/GetTerminal", &[Operator, Terminal]),
    ("/cabas.membership.v1.MembershipService/RegisterMember", &[Desk]),
    ("/cabas.membership.v1.MembershipService/UpdateMember", &[Desk]),
    ("/cabas.membership.v1.MembershipService/GetMember", &[Desk]),
    ("/cabas.membership.v1.MembershipService/FindMembers", &[Desk]),
    ("/cabas.membership.v1.MembershipService/IssueCard", &[Desk]),
    ("/cabas.membership.v1.MembershipService/BlockCard", &[Desk]),
    ("/cabas.membership.v1.MembershipService/GetContact", &[Receipt]),
    ("/cabas.membership.v1.MembershipService/KeepGuestContact", &[Terminal]),
    ("/cabas.membership.v1.MembershipService/ForgetGuestContact", &[Terminal]),
    ("/cabas.membership.v1.MembershipService/GetGuestContact", &[Receipt]),
    ("/cabas.membership.v1.MembershipService/GetGreeting", &[Terminal]),
    ("/cabas.membership.v1.StaffService/CreateStaff", &[Operator]),
    ("/cabas.membership.v1.StaffService/SignIn", &[Portal]),
    ("/cabas.membership.v1.StaffService/GetSession", &[Portal]),
    ("/cabas.membership.v1.StaffService/SignOut", &[Portal]),
    ("/cabas.receipt.v1.ReceiptService/ListDeliveries", &[Desk, Manager, Operator]),
    ("/cabas.receipt.v1.ReceiptService/SettleDelivery", &[Desk, Manager, Operator]),
    ("/cabas.receipt.v1.ReceiptService/GetReceipt", &[Portal]),
    ("/cabas.reviews.v1.ReviewsService/GetInvitation", &[Portal]),
    ("/cabas.reviews.v1.ReviewsService/GetComplaintForm", &[Portal]),
    ("/cabas.reviews.v1.ReviewsService/SubmitReviews", &[Portal]),
    ("/cabas.reviews.v1.ReviewsService/PreviewComplaint", &[Portal]),
    ("/cabas.reviews.v1.ReviewsService/SubmitComplaint", &[Portal]),
    ("/cabas.reviews.v1.ReviewsService/ReplyToReview", &[Desk, Manager, Supplier]),
    ("/cabas.reviews.v1.ReviewsService/ListReviews", &[Desk, Attendant, Manager, Supplier]),
    ("/cabas.reviews.v1.ReviewsService/WatchReviews", &[Desk, Attendant, Manager, Supplier]),
    ("/cabas.reviews.v1.ReviewsService/ListComplaints", &[Desk, Attendant, Manager, Supplier]),
    ("/cabas.analytics.v1.AnalyticsService/GetDay", &[Manager]),
    ("/cabas.analytics.v1.AnalyticsService/WatchDay", &[Manager]),
    ("/cabas.analytics.v1.AnalyticsService/GetTotals", &[Operator]),
    ("/grpc.health.v1.Health/Check", &Role::ALL),
    ("/grpc.health.v1.Health/Watch", &[Checkout, Membership, Receipt, Reviews, Analytics, Portal, Operator]),
];

/// What people go on with in a shop that is cut off from membership, on the strength of an assertion that has ended: attending the tills.
pub const CUT_OFF: [&str; 4] = [
    "/cabas.checkout.v1.AttendanceService/ListTills",
    "/cabas.checkout.v1.AttendanceService/WatchTills",
    "/cabas.checkout.v1.AttendanceService/AnswerIntervention",
    "/cabas.checkout.v1.AttendanceService/ListBasketEdits",
];

/// Who may open a page of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Anybody: sign-in, and what stands behind a shopper's link.
    Anyone,
    /// Signed-in people of these roles.
    Staff(&'static [Role]),
}

/// Which page of the portal opens for whom, by the route of its router.
pub const PAGES: &[(&str, Page)] = &[
    ("/", Page::Anyone),
    ("/health", Page::Anyone),
    ("/assets/{name}", Page::Anyone),
    ("/sign-in", Page::Anyone),
    ("/sign-out", Page::Anyone),
    ("/avis", Page::Anyone),
    ("/r/{token}", Page::Anyone),
    ("/s/{token}", Page::Anyone),
    ("/t/{token}", Page::Anyone),
    ("/t/training/{token}", Page::Anyone),
    ("/desk", Page::Staff(&[Desk])),
    ("/desk/members", Page::Staff(&[Desk])),
    ("/desk/members/{member_id}", Page::Staff(&[Desk])),
    ("/desk/members/{member_id}/cards", Page::Staff(&[Desk])),
    ("/desk/cards/block", Page::Staff(&[Desk])),
    ("/desk/refunds", Page::Staff(&[Desk, Attendant])),
    ("/desk/refunds/{refund_id}/pay-out", Page::Staff(&[Desk, Attendant])),
    ("/refunds", Page::Staff(&[Desk, Manager])),
    ("/refunds/{refund_request_id}/answer", Page::Staff(&[Desk, Manager])),
    ("/refunds/acquirer", Page::Staff(&[Desk, Manager])),
    ("/refunds/acquirer/{refund_id}", Page::Staff(&[Desk, Manager])),
    ("/live/reviews", Page::Staff(&[Desk, Attendant, Manager])),
    ("/live/reviews/feed", Page::Staff(&[Desk, Attendant, Manager])),
    ("/live/reviews/{review_id}/reply", Page::Staff(&[Desk, Manager])),
    ("/tills", Page::Staff(&[Desk, Attendant, Manager])),
    ("/tills/feed", Page::Staff(&[Desk, Attendant, Manager])),
    ("/tills/{terminal_code}/lock", Page::Staff(&[Desk, Attendant, Manager])),
    ("/tills/baskets/{basket_id}", Page::Staff(&[Desk, Attendant, Manager])),
    ("/tills/{terminal_code}/mode", Page::Staff(&[Manager])),
    ("/tills/calls/{intervention_id}/answer", Page::Staff(&[Desk, Attendant, Manager])),
    ("/supplier", Page::Staff(&[Supplier])),
    ("/supplier/feed", Page::Staff(&[Supplier])),
    ("/supplier/{review_id}/reply", Page::Staff(&[Supplier])),
    ("/dashboard", Page::Staff(&[Manager])),
    ("/dashboard/feed", Page::Staff(&[Manager])),
    ("/deliveries", Page::Staff(&[Desk, Manager])),
    ("/deliveries/{delivery_id}/settle", Page::Staff(&[Desk, Manager])),
];

/// Whether `role` may call the RPC with this path.
#[must_use]
pub fn may_call(role: Role, path: &str) -> bool {
    RPCS.iter().any(|(rpc, roles)| *rpc == path && roles.contains(&role))
}

/// Who may open the page of this route; nobody, when it is not in the table.
#[must_use]
pub fn page(route: &str) -> Option<Page> {
    PAGES.iter().find(|(page, _)| *page == route).map(|(_, who)| *who)
}
