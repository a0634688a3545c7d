use std::pin::Pin;

use futures::{Stream, StreamExt};
use proto::reviews::v1::{
    ComplainedProduct, Complaint, GetComplaintFormRequest, GetComplaintFormResponse, GetInvitationRequest,
    GetInvitationResponse, Invitation, ListComplaintsRequest, ListComplaintsResponse, ListReviewsRequest,
    ListReviewsResponse, PreviewComplaintRequest, PreviewComplaintResponse, PurchasedLine,
    ReplyToReviewRequest, ReplyToReviewResponse, Review, SubmitComplaintRequest, SubmitComplaintResponse,
    SubmitReviewsRequest, SubmitReviewsResponse, WatchReviewsRequest, WatchReviewsResponse,
    reviews_service_server::ReviewsService,
};
use tokio_stream::wrappers::BroadcastStream;
use tonic::{Code, Request, Response, Status};

use super::{Fakes, GUEST_TOKEN, REVIEW, TOKEN, at};

impl Fakes {
    fn invitation(&self, token: &str) -> Result<Invitation, Status> {
        if token != TOKEN && token != GUEST_TOKEN {
            return Err(platform::status::refusal("reviews", Code::NotFound, "LINK_UNKNOWN", "no"));
        }
        let words = self.words();
        let line = |line_id, name: &str, quantity_milli, total_minor, sold_by: &str| PurchasedLine {
            line_id,
            gtin: "03760000000017".to_owned(),
            name: name.to_owned(),
            quantity_milli,
            total_minor,
            left_quantity_milli: quantity_milli,
            left_minor: total_minor,
            sold_by: sold_by.to_owned(),
            ..PurchasedLine::default()
        };
        let rated =
            PurchasedLine { rating: 4, comment: words.comment, ..line(1, &words.product, 1250, 312, "kg") };
        let refunded = PurchasedLine {
            refunded: true,
            left_quantity_milli: 0,
            left_minor: 0,
            ..line(3, "Maroilles fermier", 1000, 890, "unit")
        };
        Ok(Invitation {
            store_name: "Cabas Lille".to_owned(),
            time_zone: "Europe/Paris".to_owned(),
            currency_code: "EUR".to_owned(),
            completed_time: at(9, 41),
            lines: vec![rated, line(2, "Jus de pomme 1 L", 2000, 580, "unit"), refunded],
            expiry_time: at(24 * 60, 0),
            member: token == TOKEN,
            sale_id: "01970000-0000-7000-8000-00000000000a".to_owned(),
        })
    }

    /// A review as the service tells it.
    pub fn review(&self, number: u8) -> Review {
        let words = self.words();
        let mut review_id = REVIEW.to_owned();
        review_id.replace_range(34.., &format!("{number:02}"));
        Review {
            review_id,
            gtin: "03760000000017".to_owned(),
            product_name: words.product,
            supplier_code: "FERME".to_owned(),
            store_code: "LILLE".to_owned(),
            rating: 4,
            comment: words.comment,
            purchased_time: at(9, 41),
            submitted_time: at(12, 3),
            revision: 1,
            ..Review::default()
        }
    }

    /// A complaint as the service tells it to a team.
    pub fn complaint(&self, number: u8) -> Complaint {
        let words = self.words();
        let product = |product_name: String| ComplainedProduct {
            gtin: "03760000000017".to_owned(),
            product_name,
            supplier_code: "FERME".to_owned(),
        };
        Complaint {
            complaint_id: format!("01970000-0000-7000-8000-0000000001{number:02}"),
            store_code: "LILLE".to_owned(),
            products: vec![product(words.product), product("Jus de pomme 1 L".to_owned())],
            comment: words.comment,
            purchased_time: at(9, 41),
            complained_time: at(12, 10),
            state: "refunded".to_owned(),
            amount_minor: 892,
            currency_code: "EUR".to_owned(),
            ..Complaint::default()
        }
    }
}

/// How the money goes back that was asked for in one way, and how much by hand: empties had paid a part of the guest's sale, which no bank
/// gives back.
fn goes(token: &str, asked: &str) -> (String, i64) {
    if token == GUEST_TOKEN && asked == "acquirer" { ("desk".to_owned(), 300) } else { (asked.to_owned(), 0) }
}

#[tonic::async_trait]
impl ReviewsService for Fakes {
    async fn get_invitation(
        &self,
        request: Request<GetInvitationRequest>,
    ) -> Result<Response<GetInvitationResponse>, Status> {
        self.answer("GetInvitation", &request, |_| ())?;
        let invitation = Some(self.invitation(&request.get_ref().token)?);
        Ok(Response::new(GetInvitationResponse { invitation }))
    }

    async fn get_complaint_form(
        &self,
        request: Request<GetComplaintFormRequest>,
    ) -> Result<Response<GetComplaintFormResponse>, Status> {
        self.answer("GetComplaintForm", &request, |_| ())?;
        let invitation = Some(self.invitation(&request.get_ref().token)?);
        Ok(Response::new(GetComplaintFormResponse { invitation }))
    }

    async fn submit_reviews(
        &self,
        request: Request<SubmitReviewsRequest>,
    ) -> Result<Response<SubmitReviewsResponse>, Status> {
        self.answer("SubmitReviews", &request, |_| SubmitReviewsResponse { stored: 1 })
    }

    async fn submit_complaint(
        &self,
        request: Request<SubmitComplaintRequest>,
    ) -> Result<Response<SubmitComplaintResponse>, Status> {
        self.answer("SubmitComplaint", &request, |asked| {
            let waiting = asked.comment == "attendre";
            let goes = if waiting { asked.payout.clone() } else { goes(&asked.token, &asked.payout).0 };
            SubmitComplaintResponse {
                amount_minor: if waiting { 0 } else { 312 },
                currency_code: "EUR".to_owned(),
                payout: goes,
                waiting,
                deciding: asked.comment == "décider",
            }
        })
    }

    async fn preview_complaint(
        &self,
        request: Request<PreviewComplaintRequest>,
    ) -> Result<Response<PreviewComplaintResponse>, Status> {
        self.answer("PreviewComplaint", &request, |asked| {
            let (payout, by_hand_minor) = goes(&asked.token, &asked.payout);
            PreviewComplaintResponse {
                amount_minor: 892,
                store_credit_minor: 0,
                deciding: asked.parts.len() == 1,
                payout,
                by_hand_minor,
            }
        })
    }

    async fn reply_to_review(
        &self,
        request: Request<ReplyToReviewRequest>,
    ) -> Result<Response<ReplyToReviewResponse>, Status> {
        self.answer("ReplyToReview", &request, |_| ReplyToReviewResponse { review: None })
    }

    async fn list_reviews(
        &self,
        request: Request<ListReviewsRequest>,
    ) -> Result<Response<ListReviewsResponse>, Status> {
        let answered = Review {
            reply: "Merci, nous transmettons.".to_owned(),
            replied_time: at(13, 0),
            updated_time: at(12, 30),
            revision: 2,
            refunded: true,
            ..self.review(1)
        };
        let reviews = vec![self.review(2), answered];
        self.answer("ListReviews", &request, |_| ListReviewsResponse { reviews, ..Default::default() })
    }

    async fn list_complaints(
        &self,
        request: Request<ListComplaintsRequest>,
    ) -> Result<Response<ListComplaintsResponse>, Status> {
        let silent = Complaint {
            comment: String::new(),
            comment_withheld: true,
            complained_time: at(11, 0),
            state: "refused".to_owned(),
            refusal: "refund_period_over".to_owned(),
            amount_minor: 0,
            ..self.complaint(2)
        };
        let complaints = vec![self.complaint(1), silent];
        self.answer("ListComplaints", &request, |_| ListComplaintsResponse {
            complaints,
            ..Default::default()
        })
    }

    type WatchReviewsStream = Pin<Box<dyn Stream<Item = Result<WatchReviewsResponse, Status>> + Send>>;

    async fn watch_reviews(
        &self,
        request: Request<WatchReviewsRequest>,
    ) -> Result<Response<Self::WatchReviewsStream>, Status> {
        let told = BroadcastStream::new(self.0.told.subscribe());
        let told = told.map(|told| Ok(told.unwrap()));
        self.answer("WatchReviews", &request, |_| Box::pin(told) as Self::WatchReviewsStream)
    }
}
