#include "control/workers/answers.h"

#include "contracts/fields/write.h"
#include "contracts/messages/developer.h"
#include "contracts/messages/po.h"
#include "contracts/streams/answer.h"
#include "contracts/streams/dead_letter.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/given_answer.h"
#include "contracts/streams/group.h"
#include "contracts/streams/names.h"
#include "contracts/streams/together.h"
#include "control/workers/executions.h"
#include "control/workers/lifecycle.h"

namespace control {

using namespace contracts;

namespace {

constexpr std::size_t kPage = 64;

Answer developer_answer(const WorkersSetting& setting, const WorkerRow& worker,
                        const DeveloperWorkerInput& input, const std::string& why) {
    DeveloperWorkerOutput output;
    output.request_id = input.request_id;
    output.task_id = input.task_id;
    output.status = ResultStatus::failed;
    output.error = why;
    if (worker.cause) output.data = Json{{kCauseOfDeath, to_text(*worker.cause)}};
    output.timestamp = setting.clock.now();
    output.correlation_id = input.correlation_id;
    return {input.request_id, std::string(names::kDeveloperOutput), format_message(output)};
}

Answer po_answer(const WorkersSetting& setting, const std::string& worker_id,
                 const POWorkerInput& input, const std::string& why) {
    POWorkerOutput output;
    output.request_id = input.request_id;
    output.user_id = input.user_id;
    output.text = "The agent has stopped unexpectedly. Please try again.";
    output.status = ResultStatus::failed;
    output.error = why;
    output.timestamp = setting.clock.now();
    output.correlation_id = input.correlation_id;
    return {input.request_id, names::po_output(worker_id), format_message(output)};
}

Result<Answer> answer_to(const WorkersSetting& setting, const WorkerRow& worker, const Entry& entry,
                         const std::string& why) {
    if (worker.config.worker_type == WorkerType::po) {
        const Result<POWorkerInput> input = parse_entry<POWorkerInput>(entry);
        if (!input) return input.fault();
        return po_answer(setting, worker.id, *input, why);
    }
    const Result<DeveloperWorkerInput> input = parse_entry<DeveloperWorkerInput>(entry);
    if (!input) return input.fault();
    return developer_answer(setting, worker, *input, why);
}

// The requests of one dead worker, read as the consumer that it was.
class Reading {
public:
    Reading(const WorkersSetting& setting, Connection& connection, const WorkerRow& worker)
        : setting_(setting),
          connection_(connection),
          worker_(worker),
          why_("Worker crashed: " +
               (worker.error.empty() ? std::string("it had already ended") : worker.error)) {}

    // `from` "0": requests that were delivered to it and not acknowledged; ">": requests that were
    // delivered to nobody.
    // The requests that were delivered to it and not acknowledged.
    Result<void> answer_pending(const std::string& stream) {
        std::string after = "0";
        while (!after.empty()) {
            Result<Reply> reply = connection_.command(read_pending(member(), stream, after, kPage));
            if (!reply && is_lost_group(reply.error())) return {};
            if (!reply) return reply.fault();
            PendingPage page = read_pending_page(reply->view());
            after = std::move(page.last);
            if (Result<void> done = answer_page(stream, page.entries); !done) return done;
        }
        return {};
    }
    // The requests that were delivered to nobody.
    Result<void> answer_new(const std::string& stream) {
        for (;;) {
            Result<Reply> reply = connection_.command(
                read_new(member(), std::span(&stream, 1), kPage, std::chrono::milliseconds(0)));
            if (!reply && is_lost_group(reply.error())) return {};
            if (!reply) return reply.fault();
            const Entries entries = read_streams(reply->view());
            if (entries.present.empty()) return {};
            if (Result<void> done = answer_page(stream, entries); !done) return done;
        }
    }

    [[nodiscard]] int published() const { return published_; }

private:
    GroupMember member() const { return {names::kWorkersGroup, worker_.id}; }

    Result<void> answer_page(const std::string& stream, const Entries& entries) {
        for (const Entry& entry : entries.present)
            if (Result<void> done = answer(entry); !done) return done;
        for (const std::string& id : entries.trimmed)
            if (Result<void> done = acknowledged(stream, id); !done) return done;
        return {};
    }

    Result<void> answer(const Entry& entry) {
        const Result<Answer> answer = answer_to(setting_, worker_, entry, why_);
        if (!answer) return refuse(entry, answer.error());
        const Result<bool> given = was_given(*answer, entry.id);
        if (!given) return given.fault();
        if (*given) return acknowledged(entry.stream, entry.id);
        const Claim claim{entry.stream, std::string(names::kWorkersGroup), worker_.id, entry.id};
        Result<AnswerOutcome> outcome = answer_once(connection_, *answer, &claim);
        if (!outcome) return fail(passing(std::move(outcome.error())));
        if (*outcome != AnswerOutcome::published) return {};
        ++published_;
        log_of(setting_, worker_)
            .warning("answered a request for a worker that has ended",
                     {{"request_id", answer->request_id}, {"error", why_}});
        return record_crash(setting_, worker_, answer->request_id, why_);
    }

    // A person has to repair a key with another type, and the request must survive until then.
    static Error passing(Error error) {
        error.kind = ErrorKind::transient;
        return error;
    }

    // For a program that does not use worker:answered.
    Result<bool> was_given(const Answer& answer, std::string from) {
        for (int page = 0; page < kMostAnswerPages && !from.empty(); ++page) {
            Result<Reply> reply = connection_.command(look_for_answer(answer.output_stream, from));
            if (!reply) return fail(passing(std::move(reply.error())));
            GivenAnswer given = find_answer(answer.request_id, reply->view());
            if (given.found) return true;
            from = std::move(given.look_on);
        }
        return false;
    }

    Result<void> acknowledged(const std::string& stream, const std::string& id) {
        Result<Reply> done =
            connection_.command(acknowledge(stream, names::kWorkersGroup, std::span(&id, 1)));
        if (!done) return done.fault();
        return {};
    }

    // An entry that is not a message contains no request to answer.
    Result<void> refuse(const Entry& entry, const Error& reason) {
        const auto commands = refuse_commands(entry, names::kWorkersGroup, "orchestratord", reason,
                                              setting_.clock.now());
        if (Result<void> done = do_together(connection_, commands); !done)
            return fail(passing(std::move(done.error())));
        return {};
    }

    const WorkersSetting& setting_;
    Connection& connection_;
    const WorkerRow& worker_;
    std::string why_;
    int published_ = 0;
};

}  // namespace

std::string input_stream(const WorkerRow& worker) {
    return worker.config.worker_type == WorkerType::po ? names::po_input(worker.id)
                                                       : names::developer_input(worker.id);
}

Result<int> answer_for_dead(const WorkersSetting& setting, Bus& bus, const WorkerRow& worker) {
    Result<Connection*> connection = bus.connection();
    if (!connection) return connection.fault();
    const std::string stream = input_stream(worker);
    // The worker may have died before it created its group. A stream that nobody wrote to is not
    // created, because the worker may be removed at this moment.
    Result<Reply> made =
        (*connection)->command({"XGROUP", "CREATE", stream, names::kWorkersGroup, "0"});
    if (!made && made.error().code != contracts::ErrorCode::no_stream &&
        made.error().code != contracts::ErrorCode::group_exists)
        return made.fault();
    Reading reading(setting, **connection, worker);
    if (Result<void> done = reading.answer_pending(stream); !done) return done.fault();
    if (Result<void> done = reading.answer_new(stream); !done) return done.fault();
    const bool reads_shared =
        worker.config.worker_type == WorkerType::developer && worker.about("task_id").empty();
    if (reads_shared)
        if (Result<void> done = reading.answer_pending(std::string(names::kDeveloperInput)); !done)
            return done.fault();
    return reading.published();
}

}  // namespace control
