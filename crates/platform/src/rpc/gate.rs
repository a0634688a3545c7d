//! What every call passes: who calls, whether it may, a span of the caller's trace, and a task of its own for the work.
//!
//! A peer that resets its stream, or whose deadline passes, makes hyper drop the response future. Were the handler inside it, a
//! transaction could be dropped at any await, and a pooled connection be left in a state that swallows later writes. So the handler
//! runs in a task that nobody cancels, and the response future only waits for it.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use http::{Request, Response};
use opentelemetry::{KeyValue, metrics::Histogram};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tonic::{
    Code, Status,
    body::Body,
    transport::server::{TcpConnectInfo, TlsConnectInfo},
};
use tower::{Layer, Service};
use tracing::{Instrument, Span};

use super::{Ended, SHORTEST_DEADLINE, Trust};
use crate::{
    Caller, Role, access,
    identity::{StaffVerifier, Unknown},
    peer::STAFF_METADATA,
    status::refusal,
    telemetry,
};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Handlers of one caller that run at the same time. A peer that resets its streams as fast as it opens them would otherwise pile up
/// work that nobody waits for.
const WORK_PER_CALLER: usize = 64;

pub(super) struct Gate {
    service: &'static str,
    verifier: StaffVerifier,
    trust: Trust,
    tasks: TaskTracker,
    duration: Histogram<f64>,
    at_work: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// Who calls, and whether that is known by an assertion that has ended.
#[derive(Debug, PartialEq, Eq)]
struct Admitted {
    caller: Caller,
    has_ended: bool,
}

#[derive(Clone)]
pub(super) struct GateLayer(Arc<Gate>);

#[derive(Clone)]
pub(super) struct GateService<S> {
    gate: Arc<Gate>,
    next: S,
}

impl GateLayer {
    pub(super) fn new(gate: Arc<Gate>) -> Self {
        Self(gate)
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = GateService<S>;

    fn layer(&self, next: S) -> GateService<S> {
        GateService { gate: Arc::clone(&self.0), next }
    }
}

impl<S> Service<Request<Body>> for GateService<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Result<Response<Body>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.next.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let gate = Arc::clone(&self.gate);
        match gate.admit(&request) {
            Err(status) => Box::pin(async move { Ok(status.into_http()) }),
            Ok(Admitted { caller, has_ended }) => {
                let Ok(permit) = gate.room_for(&caller).try_acquire_owned() else {
                    let status = refusal(
                        gate.service,
                        Code::ResourceExhausted,
                        "TOO_MUCH_AT_ONCE",
                        "wait for answers first",
                    );
                    return Box::pin(async move { Ok(status.into_http()) });
                };
                let span = gate.span(&request, &caller);
                let path = request.uri().path().to_owned();
                request.extensions_mut().insert(caller);
                if has_ended {
                    request.extensions_mut().insert(Ended);
                }
                let started = Instant::now();
                let handler = self.next.call(request).instrument(span);
                let work = gate.tasks.spawn(async move {
                    let answer = handler.await;
                    drop(permit);
                    answer
                });
                Box::pin(async move {
                    let answer = work.await;
                    let answer = answer.unwrap_or_else(|failure| {
                        tracing::error!(rpc = path, %failure, "a handler panicked");
                        Ok(Status::internal("internal error").into_http())
                    });
                    gate.measure(&path, answer.as_ref().ok(), started.elapsed());
                    answer
                })
            }
        }
    }
}

impl Gate {
    pub(super) fn new(
        service: &'static str,
        verifier: StaffVerifier,
        trust: Trust,
        tasks: TaskTracker,
    ) -> Self {
        let duration = opentelemetry::global::meter("platform")
            .f64_histogram("rpc.server.duration")
            .with_unit("s")
            .with_boundaries(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0])
            .build();
        Self { service, verifier, trust, tasks, duration, at_work: Mutex::default() }
    }

    /// The places of one caller; there are as many callers as certificates and signed-in people.
    fn room_for(&self, caller: &Caller) -> Arc<Semaphore> {
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        if at_work.len() > 10_000 {
            at_work.retain(|_, places| places.available_permits() < WORK_PER_CALLER);
        }
        let places = at_work.entry(caller.id()).or_insert_with(|| Arc::new(Semaphore::new(WORK_PER_CALLER)));
        Arc::clone(places)
    }

    fn admit(&self, request: &Request<Body>) -> Result<Admitted, Status> {
        let refuse = |code, reason, message: &str| Err(refusal(self.service, code, reason, message));
        if deadline(request).is_some_and(|deadline| deadline < SHORTEST_DEADLINE) {
            return refuse(Code::InvalidArgument, "DEADLINE_TOO_SHORT", "the deadline is below 50 ms");
        }
        let admitted = match self.caller(request) {
            Ok(admitted) => admitted,
            Err(unknown) => return refuse(Code::Unauthenticated, "UNKNOWN_CALLER", &unknown.to_string()),
        };
        if !access::may_call(admitted.caller.role(), request.uri().path()) {
            return refuse(Code::PermissionDenied, "NOT_ALLOWED", "this role may not call this RPC");
        }
        Ok(admitted)
    }

    fn caller(&self, request: &Request<Body>) -> Result<Admitted, Unknown> {
        let certificates = request
            .extensions()
            .get::<TlsConnectInfo<TcpConnectInfo>>()
            .and_then(TlsConnectInfo::peer_certs)
            .ok_or(Unknown::Certificate)?;
        let leaf = certificates.first().ok_or(Unknown::Certificate)?;
        let caller = Caller::from_certificate(leaf)?;
        match request.headers().get(STAFF_METADATA) {
            Some(assertion) if caller == Caller::Service(Role::Portal) => {
                let assertion = assertion.to_str().map_err(|_| Unknown::Assertion)?;
                self.staff(assertion, request.uri().path())
            }
            Some(_) => Err(Unknown::Assertion),
            None => Ok(Admitted { caller, has_ended: false }),
        }
    }

    /// Who an assertion is about. One that has ended counts for a while where membership is out of reach, for the attendance alone.
    fn staff(&self, assertion: &str, path: &str) -> Result<Admitted, Unknown> {
        let now = self.trust.clock.unscaled();
        let (staff, has_ended) = match self.verifier.verify(assertion, now) {
            Err(_) if self.is_cut_off() && access::CUT_OFF.contains(&path) => {
                (self.verifier.verify_cut_off(assertion, now)?, true)
            }
            known => (known?, false),
        };
        Ok(Admitted { caller: Caller::Staff(staff), has_ended })
    }

    fn is_cut_off(&self) -> bool {
        self.trust.cut_off.as_ref().is_some_and(|cut_off| *cut_off.borrow())
    }

    fn span(&self, request: &Request<Body>, caller: &Caller) -> Span {
        let method = request.uri().path().trim_start_matches('/');
        let span = tracing::info_span!(
            "rpc",
            otel.name = method,
            otel.kind = "server",
            rpc.system = "grpc",
            rpc.method = method,
            cabas.caller = ?caller.role(),
            service = self.service,
            trace_id = tracing::field::Empty,
        );
        let traceparent = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
        telemetry::set_parent(&span, traceparent);
        span
    }

    /// A refusal bears its code in the headers; an answer that began well has none there.
    fn measure(&self, path: &str, answer: Option<&Response<Body>>, took: Duration) {
        let code = answer.and_then(|answer| answer.headers().get("grpc-status")?.to_str().ok());
        let attributes = [
            KeyValue::new("rpc.method", path.to_owned()),
            KeyValue::new("rpc.grpc.status_code", code.unwrap_or("0").to_owned()),
            KeyValue::new("service", self.service),
        ];
        self.duration.record(took.as_secs_f64(), &attributes);
    }
}

/// The peer's deadline, from `grpc-timeout`: at most eight digits and a unit.
fn deadline(request: &Request<Body>) -> Option<Duration> {
    let text = request.headers().get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use tokio::sync::watch;

    use super::*;
    use crate::{
        Clock, Staff,
        identity::{ASSERTION_LIFE, CUT_OFF_LIFE, StaffSigner},
        pki,
    };

    #[test]
    fn an_assertion_that_has_ended_counts_for_the_attendance_alone_and_only_while_the_shop_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &[]).unwrap();
        let signer = StaffSigner::read(&folder.path().join("staff.key")).unwrap();
        let verifier = || StaffVerifier::read(&folder.path().join("staff.pub")).unwrap();
        let now = datetime!(2026-05-02 12:00 UTC);
        let staff = Staff {
            staff_id: "0192f3a0-0000-7000-8000-000000000001".to_owned(),
            role: Role::Attendant,
            store_code: "LILLE".to_owned(),
            supplier_code: String::new(),
        };
        let signed = |ago: time::Duration| signer.sign(&staff, now - ASSERTION_LIFE - ago);
        let (line, cut_off) = watch::channel(false);
        let gate = |trust| Gate::new("checkout", verifier(), trust, TaskTracker::new());
        let shop = gate(Trust::cut_off(Clock::manual(now), cut_off));
        let elsewhere = gate(Trust::from(Clock::manual(now)));
        let (ended, too_old) = (signed(CUT_OFF_LIFE), signed(CUT_OFF_LIFE + time::Duration::SECOND));
        let (attending, other) = (access::CUT_OFF[2], "/cabas.checkout.v1.RefundService/AnswerRefundRequest");
        assert_eq!(shop.staff(&ended, attending), Err(Unknown::Assertion), "while there is a line");
        line.send_replace(true);
        let known = |has_ended| Ok(Admitted { caller: Caller::Staff(staff.clone()), has_ended });
        assert_eq!(shop.staff(&ended, attending), known(true));
        assert_eq!(shop.staff(&signer.sign(&staff, now), attending), known(false));
        assert_eq!(shop.staff(&too_old, attending), Err(Unknown::Assertion));
        assert_eq!(shop.staff(&ended, other), Err(Unknown::Assertion));
        assert_eq!(elsewhere.staff(&ended, attending), Err(Unknown::Assertion));
        line.send_replace(false);
        assert_eq!(shop.staff(&ended, attending), Err(Unknown::Assertion), "with the line back");
    }
}
