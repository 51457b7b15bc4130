#include "control/graphs/engineering/state.h"

#include <algorithm>

namespace control::graphs {

void visit_fields(EngineeringState& state, contracts::FieldList& fields) {
    fields.required("request_id", state.request_id);
    fields.required("correlation_id", state.correlation_id);
    fields.optional("callback_stream", state.callback_stream);
    fields.required("task_id", state.task_id);
    fields.required("project_id", state.project_id);
    fields.required("user_id", state.user_id);
    fields.required("spec", state.spec);
    fields.required("repository", state.repository);
    fields.required("branch", state.branch);
    fields.defaulted("location", state.location);
    fields.defaulted("rounds_done", state.rounds_done);
    fields.defaulted("last_round", state.last_round);
    fields.defaulted("tries", state.tries);
    fields.defaulted("platform_tries", state.platform_tries);
    fields.defaulted("resume", state.resume);
    fields.defaulted("wait_ms", state.wait_ms);
    fields.defaulted("trouble", state.trouble);
    fields.defaulted("asked_again", state.asked_again);
    fields.defaulted("worker", state.worker);
    fields.defaulted("turn_request", state.turn_request);
    fields.optional("turn_began", state.turn_began);
    fields.defaulted("memory_mb", state.memory_mb);
    fields.defaulted("turn_seconds", state.turn_seconds);
    fields.defaulted("memory_doubled", state.memory_doubled);
    fields.defaulted("time_doubled", state.time_doubled);
    fields.defaulted("feedback", state.feedback);
    fields.defaulted("answer", state.answer);
    fields.defaulted("commit", state.commit);
    fields.defaulted("tested_commit", state.tested_commit);
    fields.defaulted("files", state.files);
    fields.defaulted("test_command", state.test_command);
    fields.defaulted("summary", state.summary);
    fields.defaulted("merged", state.merged);
    fields.defaulted("usage", state.usage);
}

namespace {

// The first digits of an id are its time, and projects made within a minute share them: the last
// ones tell apart.
std::string repository_of(const contracts::Project& project) {
    const std::string& id = project.id;
    return project.name + "-" + id.substr(id.size() - std::min<std::size_t>(id.size(), 8));
}

}  // namespace

EngineeringState begin_engineering(const contracts::EngineeringMessage& message,
                                   const contracts::Task& task, const contracts::Project& project) {
    EngineeringState state;
    state.request_id = message.request_id;
    state.correlation_id = message.correlation_id;
    state.callback_stream = message.callback_stream;
    state.task_id = task.id;
    state.project_id = project.id;
    state.user_id = message.user_id;
    state.spec = task.spec.value_or("");
    if (state.spec.empty()) state.spec = project.description.value_or("");
    if (state.spec.empty()) state.spec = "Build the project " + project.name + ".";
    state.repository = repository_of(project);
    state.branch = "task/" + task.id;
    state.usage = Json::object();
    return state;
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
