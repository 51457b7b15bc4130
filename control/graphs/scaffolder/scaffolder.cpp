#include "control/graphs/scaffolder/scaffolder.h"

#include "contracts/entities/repository_name.h"
#include "contracts/messages/scaffolder.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/node.h"
#include "control/graphs/kit/patience.h"
#include "control/graphs/kit/report.h"
#include "control/graphs/kit/task_rows.h"
#include "control/graphs/kit/template_calls.h"
#include "control/graphs/scaffolder/state.h"
#include "control/store/projects.h"

namespace control::graphs {

using contracts::ProjectStatus;

void visit_fields(ScaffolderState& state, contracts::FieldList& fields) {
    visit_fields(static_cast<RequestPart&>(state), fields);
    visit_fields(static_cast<PatiencePart&>(state), fields);
    fields.required("project_id", state.project_id);
    fields.required("project_name", state.project_name);
    fields.defaulted("project_status", state.project_status);
    fields.defaulted("description", state.description);
    fields.required("repository", state.repository);
    fields.defaulted("modules", state.modules);
}

namespace {

using Scaffolding = MoveOf<ScaffolderState, ScaffolderSettings>;

constexpr const char* kRender = "render";

void set_project(const Scaffolding& move, std::string_view status) {
    move.effects.write("project.status",
                       {{"id", move.state.project_id}, {"status", std::string(status)}});
}

// Goes through `failed`, from which a project may return to draft.
void put_project_back(const Scaffolding& move) {
    if (move.state.project_status != contracts::to_text(ProjectStatus::draft)) return;
    set_project(move, contracts::to_text(ProjectStatus::failed));
    set_project(move, move.state.project_status);
}

// Publishes the result on scaffolder:results and on the message's callback stream.
void tell(const Scaffolding& move, contracts::ScaffolderResult result, const std::string& error) {
    const ScaffolderState& state = move.state;
    result.project_id = state.project_id;
    RequestPart everybody = state;
    everybody.callback_stream = contracts::names::kScaffolderResults;
    send_result(move, everybody, result, error.empty(), error);
    send_result(move, state, result, error.empty(), error);
}

Next render(Scaffolding& move) {
    ScaffolderState& state = move.state;
    if (move.is(kEnter)) {
        set_project(move, contracts::to_text(ProjectStatus::scaffolding));
        return call(move, kScaffoldCall,
                    {{"repository", state.repository},
                     {"project_name", state.project_name},
                     {"description", state.description},
                     {"modules", state.modules}},
                    move.settings.call);
    }
    const CallEnd end = call_end(move, "the scaffolder");
    if (!end.ok && end.kind == "transient")
        return try_again(move, state, move.settings, Trouble::platform, kRender, end.error);
    if (!end.ok) return ask(state, kRender, end.error);
    platform_works(state);
    contracts::ScaffolderResult result;
    result.repo_url = end.value.value("location", "");
    result.files_generated = end.value.value("files", std::int64_t{0});
    move.effects.write("project.repository", {{"id", state.project_id}, {"url", result.repo_url}});
    set_project(move, contracts::to_text(ProjectStatus::scaffolded));
    tell(move, std::move(result), {});
    return Done{};
}

// The sender of the message learns how it ended and may send another message; an administrator may
// request another try.
Next give_up(Scaffolding& move) {
    if (answered(move.state)) return go_back(move.state);
    put_project_back(move);
    tell(move, {}, move.state.trouble);
    return Failed{move.state.trouble};
}

Next wait_and_try_again(Scaffolding& move) {
    return back_off(move, move.state);
}

void when_cancelled(Scaffolding& move) {
    put_project_back(move);
    tell(move, {}, "cancelled");
}

void when_retried(Scaffolding& move) {
    take_answer(move, move.state);
}

void when_late(Scaffolding&) {}

Result<std::optional<Opening>> open(Queries& db, const contracts::Entry& entry) {
    const auto message = contracts::parse_entry<contracts::ScaffolderMessage>(entry);
    if (!message) return message.fault();
    if (Result<void> checked = check_callback(message->callback_stream); !checked)
        return checked.fault();
    const auto project = projects::find(db, message->project_id);
    if (!project && project.error().kind == ErrorKind::not_found)
        return contracts::fail(ErrorKind::not_found, "there is no project " + message->project_id,
                               "project_id", "create it through the API first");
    if (!project) return project.fault();
    if (project->entity.name != message->project_name)
        return contracts::fail(ErrorKind::invalid,
                               "is not the name of project " + message->project_id, "project_name");
    ScaffolderState state;
    take_request(state, *message);
    state.project_id = project->entity.id;
    state.project_name = project->entity.name;
    state.project_status = contracts::to_text(project->entity.status);
    state.description = project->entity.description.value_or("");
    state.repository = contracts::repository_of(project->entity);
    for (const contracts::Module module : message->modules)
        state.modules.emplace_back(contracts::to_text(module));
    return Opening{message->request_id, contracts::write_message(state)};
}

Graph scaffolder_graph(ScaffolderSettings chosen) {
    const auto settings = std::make_shared<const ScaffolderSettings>(std::move(chosen));
    const auto decide = [&](Next (*node)(Scaffolding&)) {
        return decide_with<Scaffolding>(settings, node);
    };
    Graph graph;
    graph.name = kScaffolder;
    graph.start = kRender;
    graph.nodes = {
        {.name = kRender,
         .decide = decide(render),
         .edges = {kBackOff, kAskPerson},
         .writes = {"project.status", "project.repository"},
         .calls = {kScaffoldCall},
         .waits = true},
        {.name = kBackOff, .decide = decide(wait_and_try_again), .edges = {kRender}, .waits = true},
        {.name = kAskPerson,
         .decide = decide(give_up),
         .edges = {kRender},
         .writes = {"project.status"}}};
    graph.cancelled = change_with<Scaffolding>(settings, when_cancelled);
    graph.retried = change_with<Scaffolding>(settings, when_retried);
    graph.late = change_with<Scaffolding>(settings, when_late);
    graph.writes = {"project.status"};
    return graph;
}

}  // namespace

Module scaffolder_module(ScaffolderSettings settings, CallHandlers calls) {
    Module module;
    module.graph = scaffolder_graph(std::move(settings));
    module.streams = {{.name = std::string(contracts::names::kScaffolderQueue),
                       .group = std::string(contracts::names::kScaffolderGroup),
                       .open = open}};
    module.writers = project_writers();
    module.calls = std::move(calls);
    return module;
}

}  // namespace control::graphs
