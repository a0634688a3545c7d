use proto::membership::v1::{FindMembersRequest, MemberDetails};

use crate::{
    fixture::{bad_field, find, register, zephyrine},
    service::{Members, Service},
};

fn barnabe() -> MemberDetails {
    MemberDetails {
        last_name: "Lefèvre-Œil".to_owned(),
        first_name: "Barnabé".to_owned(),
        phone: "+32288001234".to_owned(),
        email: "Barnabe@Example.org".to_owned(),
        ..zephyrine()
    }
}

async fn names(desk: &mut Members, names: &[&str]) {
    for (number, name) in names.iter().enumerate() {
        let details =
            MemberDetails { last_name: (*name).to_owned(), first_name: format!("N{number}"), ..zephyrine() };
        register(desk, details).await;
    }
}

#[tokio::test]
async fn each_way_to_look_finds_the_one_and_not_the_other() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let one = register(&mut desk, zephyrine()).await;
    let other = register(&mut desk, barnabe()).await;
    for (query, found) in [
        (one.cards[0].card_number.as_str(), "Zéphyrine"),
        (other.cards[0].card_number.as_str(), "Barnabé"),
        ("zephyrine.quatremere@example.org", "Zéphyrine"),
        ("BARNABE@example.org", "Barnabé"),
        ("+33 1 99 00 12 34", "Zéphyrine"),
        ("01 99 00 12 34", "Zéphyrine"),
        ("0032288001234", "Barnabé"),
        ("QUATRE", "Zéphyrine"),
        ("quatremere", "Zéphyrine"),
        ("lefevre", "Barnabé"),
        ("Lefe\u{300}vre-oe", "Barnabé"),
    ] {
        assert_eq!(find(&mut desk, query).await, [found], "{query}");
    }
    for query in
        ["2900000000421", "nobody@example.org", "+33199001235", "001234", "Colibri", "Barnabé", "uatre"]
    {
        assert_eq!(find(&mut desk, query).await, [""; 0], "{query}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_search_ends_at_the_doors_of_the_store() {
    let service = Service::start().await;
    let (mut desk, mut elsewhere) = (service.desk("LILLE"), service.desk("ROUBAIX"));
    let one = register(&mut desk, zephyrine()).await;
    let local = MemberDetails { first_name: "Locale".to_owned(), ..zephyrine() };
    register(&mut elsewhere, local).await;
    for query in ["quatre", "+33199001234", "zephyrine.quatremere@example.org"] {
        assert_eq!(find(&mut desk, query).await, ["Zéphyrine"], "{query}");
        assert_eq!(find(&mut elsewhere, query).await, ["Locale"], "{query}");
    }
    assert_eq!(find(&mut elsewhere, &one.cards[0].card_number).await, [""; 0]);
    service.stop().await;
}

#[tokio::test]
async fn wildcards_stand_for_themselves() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    names(&mut desk, &["Abc", "A%c", "A_c", "A\\c"]).await;
    assert_eq!(find(&mut desk, "A%").await, ["N1"]);
    assert_eq!(find(&mut desk, "a_c").await, ["N2"]);
    assert_eq!(find(&mut desk, "a\\").await, ["N3"]);
    for query in ["%%", "__", "%c", "' or 1=1 --"] {
        assert_eq!(find(&mut desk, query).await, [""; 0], "{query}");
    }
    service.stop().await;
}

#[tokio::test]
async fn members_are_listed_by_name_a_page_at_a_time_and_none_twice() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    names(&mut desk, &["Durand", "DURAND", "Dürandal", "durant", "Dupont", "Durand"]).await;
    let mut request =
        FindMembersRequest { query: "dura".to_owned(), page_size: 2, page_token: String::new() };
    let mut pages = Vec::new();
    loop {
        let page = desk.find_members(request.clone()).await.unwrap().into_inner();
        let first_names = page.members.into_iter().map(|member| member.details.unwrap().first_name);
        pages.push(first_names.collect::<Vec<_>>());
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(pages, [vec!["N0", "N1"], vec!["N5", "N2"], vec!["N3"]]);
    service.stop().await;
}

#[tokio::test]
async fn the_pages_of_one_address_are_turned_too() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    names(&mut desk, &["Durand", "Dupont", "Martin"]).await;
    for query in ["zephyrine.quatremere@example.org", "+33199001234"] {
        let first = FindMembersRequest { query: query.to_owned(), page_size: 2, page_token: String::new() };
        let page = desk.find_members(first.clone()).await.unwrap().into_inner();
        assert_eq!(page.members.len(), 2);
        let second = FindMembersRequest { page_token: page.next_page_token, ..first };
        let page = desk.find_members(second).await.unwrap().into_inner();
        assert_eq!(page.members.len(), 1);
        assert_eq!(page.members[0].details.as_ref().unwrap().last_name, "Martin");
        assert_eq!(page.next_page_token, "");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_page_behind_nobody_is_not_there() {
    let service = Service::start().await;
    let elsewhere = register(&mut service.desk("ROUBAIX"), zephyrine()).await;
    let mut desk = service.desk("LILLE");
    let request =
        FindMembersRequest { query: "quatre".to_owned(), page_size: 0, page_token: elsewhere.member_id };
    let refusal = desk.find_members(request.clone()).await.unwrap_err();
    assert_eq!(refusal.code(), tonic::Code::NotFound);
    let request = FindMembersRequest { page_token: "page 2".to_owned(), ..request };
    bad_field(desk.find_members(request).await, "page_token");
    service.stop().await;
}
