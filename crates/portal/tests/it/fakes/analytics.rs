use std::pin::Pin;

use futures::{Stream, StreamExt};
use proto::analytics::v1::{
    DayFigures, GetDayRequest, GetDayResponse, GetTotalsRequest, GetTotalsResponse, HourFigures,
    RecentReview, WatchDayRequest, WatchDayResponse, analytics_service_server::AnalyticsService,
};
use tokio_stream::wrappers::BroadcastStream;
use tonic::{Request, Response, Status};

use super::{Fakes, at, unasked};

impl Fakes {
    /// A day as the service tells it.
    pub fn day(&self) -> DayFigures {
        let words = self.words();
        let sales = [0, 0, 0, 0, 0, 0, 0, 0, 12, 31, 48, 55, 62, 40, 33, 29, 37, 51, 66, 44, 9, 0, 0, 0];
        let hour = |(hour, sales): (i32, i64)| HourFigures {
            hour,
            sales,
            revenue_minor: sales * 2143,
            self_sales: sales * 2 / 3,
        };
        DayFigures {
            store_code: "LILLE".to_owned(),
            day: "2026-05-02".to_owned(),
            currency_code: "EUR".to_owned(),
            sales: 517,
            revenue_minor: 1_107_931,
            refunded_minor: 2_480,
            refunds: 3,
            average_basket_minor: 2_143,
            self_share_basis_points: 6_667,
            active_members: 214,
            purchase_days_per_member_milli: 3_420,
            days_between_purchases_milli: 6_810,
            hours: (0..24).zip(sales).map(hour).collect(),
            reviews: vec![RecentReview {
                product_name: words.product,
                rating: 4,
                comment: words.comment,
                submitted_time: at(12, 3),
            }],
            average_rating_milli: 4_320,
            review_count: 41,
            revision: 1,
        }
    }
}

#[tonic::async_trait]
impl AnalyticsService for Fakes {
    async fn get_day(&self, request: Request<GetDayRequest>) -> Result<Response<GetDayResponse>, Status> {
        self.answer("GetDay", &request, |_| GetDayResponse { day: Some(self.day()) })
    }

    type WatchDayStream = Pin<Box<dyn Stream<Item = Result<WatchDayResponse, Status>> + Send>>;

    async fn watch_day(
        &self,
        request: Request<WatchDayRequest>,
    ) -> Result<Response<Self::WatchDayStream>, Status> {
        let told = BroadcastStream::new(self.0.days.subscribe());
        let told = told.map(|day| Ok(WatchDayResponse { day: Some(day.unwrap()) }));
        self.answer("WatchDay", &request, |_| Box::pin(told) as Self::WatchDayStream)
    }

    async fn get_totals(&self, _: Request<GetTotalsRequest>) -> Result<Response<GetTotalsResponse>, Status> {
        unasked()
    }
}
