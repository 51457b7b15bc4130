#include "control/scheduler/traces.h"

#include "control/scheduler/flow_spans.h"

#include <atomic>

namespace control {

namespace {

constexpr int kFlowsAtOnce = 10;
constexpr int kAnswersAtOnce = 100;
// Rows are read this long after their time, when the transactions of that moment have ended.
constexpr std::chrono::seconds kSettled{2};
constexpr std::string_view kService = "orchestratord";

// A kind of row, which has a place of its own.
struct Source {
    std::string name;
    Result<std::optional<traces::Place>> (*read)(Queries& db, const traces::Place& after,
                                                 contracts::Timestamp until,
                                                 std::vector<Span>& spans);
};

// Absent: nothing has ended since.
Result<std::optional<traces::Place>> read_flows(Queries& db, const traces::Place& after,
                                                contracts::Timestamp until,
                                                std::vector<Span>& spans) {
    const auto flows = traces::ended_flows(db, after, until, kFlowsAtOnce);
    if (!flows) return flows.fault();
    if (flows->empty()) return std::optional<traces::Place>();
    for (const traces::EndedFlow& flow : *flows)
        if (Result<void> added = add_flow_spans(db, flow, spans); !added) return added.fault();
    return std::optional(traces::Place{flows->back().ended_at, flows->back().id});
}

Result<std::optional<traces::Place>> read_answers(Queries& db, const traces::Place& after,
                                                  contracts::Timestamp until,
                                                  std::vector<Span>& spans) {
    const auto answers = traces::answered(db, after, until, kAnswersAtOnce);
    if (!answers) return answers.fault();
    if (answers->empty()) return std::optional<traces::Place>();
    for (const traces::Answered& answer : *answers)
        add_chat_span(answer, spans);
    return std::optional(traces::Place{answers->back().answered_at, answers->back().id});
}

struct TraceCounts {
    std::atomic<std::int64_t> sent = 0;
    std::atomic<std::int64_t> dropped = 0;
};

class Traces {
public:
    explicit Traces(TraceNeeds needs) : needs_(std::move(needs)) {
        constexpr const char* kName = "orchestrator_trace_spans_total";
        constexpr const char* kHelp = "Spans by outcome: sent to the collector, or dropped.";
        needs_.metrics.counter(kName, kHelp, {{"outcome", "sent"}}, [counts = counts_] {
            return static_cast<double>(counts->sent.load());
        });
        needs_.metrics.counter(kName, kHelp, {{"outcome", "dropped"}}, [counts = counts_] {
            return static_cast<double>(counts->dropped.load());
        });
    }

    Result<PeriodicOutcome> run(const Lease& lease) {
        if (needs_.clock.now() < rests_until_)
            return PeriodicOutcome{.text = "the collector did not answer; it is tried again later"};
        std::size_t sent = 0;
        for (const Source& source : {Source{"chats", read_answers}, Source{"flows", read_flows}}) {
            Result<std::size_t> spans = read_on(lease, source);
            if (!spans) return spans.fault();
            sent += *spans;
        }
        return PeriodicOutcome{.text = std::to_string(sent) + " spans were sent or dropped",
                               .is_more_due = sent > 0};
    }

private:
    Result<std::size_t> read_on(const Lease& lease, const Source& source) {
        const contracts::Timestamp now = needs_.clock.now();
        Result<std::optional<traces::Place>> place = traces::place(needs_.database, source.name);
        if (!place) return place.fault();
        if (!*place) {
            const Result<void> begun = keep(lease, source, {now, {}});
            return begun ? Result<std::size_t>(0) : fail(begun.error());
        }
        std::vector<Span> spans;
        Result<std::optional<traces::Place>> end =
            source.read(needs_.database, **place, now - kSettled, spans);
        if (!end) return end.fault();
        if (!*end) return std::size_t(0);
        Result<void> sent = needs_.send(otlp_request(spans, kService));
        const auto count = static_cast<std::int64_t>(spans.size());
        if (sent) {
            counts_->sent += count;
        } else {
            const bool is_away = contracts::is_retryable(sent.error().kind);
            if (is_away) rests_until_ = now + kTracesRest;
            if (is_away && now - (*end)->at < kTracesWait)
                return fail(sent.error().context("send traces"));
            counts_->dropped += count;
            needs_.log.warning("spans were dropped",
                               {{"spans", count}, {"error", sent.error().describe()}});
        }
        if (Result<void> kept = keep(lease, source, **end); !kept) return kept.fault();
        return spans.size();
    }

    Result<void> keep(const Lease& lease, const Source& source, const traces::Place& place) {
        return needs_.database.transaction([&](Transaction& tx) -> Result<void> {
            if (Result<void> leads = leases::check(tx, lease); !leads) return leads;
            return traces::save_place(tx, source.name, place);
        });
    }

    TraceNeeds needs_;
    contracts::Timestamp rests_until_{};
    // The metrics may read them after this object has gone.
    std::shared_ptr<TraceCounts> counts_ = std::make_shared<TraceCounts>();
};

}  // namespace

PeriodicTask traces_task(TraceNeeds needs, std::chrono::seconds interval) {
    auto traces = std::make_shared<Traces>(std::move(needs));
    return {.name = "traces",
            .interval = interval,
            .run_once = [traces](const Lease& lease, const std::stop_token&) {
                return traces->run(lease);
            }};
}

}  // namespace control
