#include "control/graphs/kit/worker_turn.h"

#include "contracts/fields/read.h"
#include "contracts/fields/write.h"
#include "contracts/streams/names.h"

namespace control::graphs {

namespace names = contracts::names;
using contracts::DeveloperWorkerOutput;

Next hire(const Moment& moment, const TaskPart& task, TurnPart& part, WorkerOrder order) {
    dismiss(moment, task, part);
    contracts::CreateWorker create;
    static_cast<contracts::QueueMeta&>(create) = meta_of(task, moment.turn.now);
    create.request_id = moment.effects.next_request_id();
    create.config = std::move(order.config);
    create.context = std::move(order.context);
    part.turn_request = uuid_of(create.request_id);
    create.context["task_id"] = task.task_id;
    create.context["project_id"] = task.project_id;
    create.context["user_id"] = task.user_id;
    create.context["request_id"] = part.turn_request;
    if (part.memory_mb > 0) create.context["memory_mb"] = std::to_string(part.memory_mb);
    moment.effects.publish(std::string(names::kWorkerCommands), contracts::write_message(create));
    return Wait{{"response:" + create.request_id}, moment.turn.now + order.patience};
}

std::string take_worker(const Moment& moment, TurnPart& part) {
    if (moment.is(kTimeout)) return "no answer to the request for a worker";
    const auto success = moment.body().find("success");
    std::string worker = moment.text("worker_id");
    if (success == moment.body().end() || !success->is_boolean() || !success->get<bool>() ||
        worker.empty()) {
        const std::string why = moment.text("error");
        return "no worker could be created: " + (why.empty() ? "no reason given" : why);
    }
    part.worker = std::move(worker);
    return {};
}

std::chrono::seconds turn_time(const TurnPart& part, std::chrono::seconds usual) {
    return part.turn_seconds > 0 ? std::chrono::seconds(part.turn_seconds) : usual;
}

Next instruct(const Moment& moment, const TaskPart& task, TurnPart& part,
              const Instruction& instruction) {
    const std::chrono::seconds timeout = turn_time(part, instruction.timeout);
    contracts::DeveloperWorkerInput input;
    input.request_id = part.turn_request;
    input.task_id = task.task_id;
    input.project_id = task.project_id;
    input.prompt = instruction.prompt;
    input.timeout = timeout.count();
    input.timestamp = moment.turn.now;
    input.correlation_id = task.correlation_id;
    input.traceparent = task.traceparent;
    moment.effects.publish(names::developer_input(part.worker), contracts::write_message(input));
    return Wait{{"output:" + part.turn_request}, moment.turn.now + timeout + instruction.overdue};
}

EndedTurn take_output(const Moment& moment, const TaskPart& task, TurnPart& part) {
    EndedTurn ended;
    if (Result<DeveloperWorkerOutput> output =
            contracts::read_message<DeveloperWorkerOutput>(moment.body())) {
        ended.output = std::move(*output);
        ended.end = end_of(ended.output);
    } else {
        ended.output.request_id = part.turn_request;
        ended.output.task_id = task.task_id;
        ended.output.status = contracts::ResultStatus::error;
        ended.output.timestamp = moment.turn.now;
        ended.output.error =
            moment.is(kTimeout) ? "the worker did not respond" : output.error().describe();
    }
    if (ended.output.usage) add_usage(part.usage, *ended.output.usage);
    dismiss(moment, task, part);
    return ended;
}

bool grant_more(TurnPart& part, TurnEnd end, std::chrono::seconds usual, std::int64_t memory_mb) {
    if (end == TurnEnd::timed_out && !part.time_doubled) {
        part.time_doubled = true;
        part.turn_seconds = turn_time(part, usual).count() * 2;
        return true;
    }
    if (end == TurnEnd::out_of_memory && !part.memory_doubled) {
        part.memory_doubled = true;
        part.memory_mb = memory_mb * 2;
        return true;
    }
    return false;
}

void dismiss(const Moment& moment, const RequestPart& request, TurnPart& part) {
    if (part.worker.empty()) return;
    contracts::DeleteWorker remove;
    static_cast<contracts::QueueMeta&>(remove) = meta_of(request, moment.turn.now);
    remove.request_id = moment.effects.next_request_id();
    remove.worker_id = std::exchange(part.worker, {});
    moment.effects.publish(std::string(names::kWorkerCommands), contracts::write_message(remove));
}

void take_late(const Moment& moment, const RequestPart& request, TurnPart& part) {
    if (moment.is("response")) {
        const std::string worker = moment.text("worker_id");
        if (worker.empty() || worker == part.worker) return;
        std::string kept = std::exchange(part.worker, worker);
        dismiss(moment, request, part);
        part.worker = std::move(kept);
    } else if (moment.is("output")) {
        if (const auto usage = moment.body().find("usage"); usage != moment.body().end())
            add_usage(part.usage, *usage);
    }
}

void add_usage(Json& sum, const Json& more) {
    if (!more.is_object()) return;
    for (const auto& [name, value] : more.items()) {
        if (value.is_object()) {
            Json& inner = sum[name];
            if (!inner.is_object()) inner = Json::object();
            add_usage(inner, value);
        } else if (value.is_number_integer()) {
            Json& total = sum[name];
            if (total.is_number_float())
                total = total.get<double>() + value.get<double>();
            else
                total =
                    (total.is_number() ? total.get<std::int64_t>() : 0) + value.get<std::int64_t>();
        } else if (value.is_number()) {
            Json& total = sum[name];
            total = (total.is_number() ? total.get<double>() : 0.0) + value.get<double>();
        }
    }
}

}  // namespace control::graphs
