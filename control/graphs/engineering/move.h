// One move of an engineering thread: what a node of it sees, and what it may say. Nodes are
// functions `Next (Move&)`.
#pragma once

#include "contracts/entities/entities.h"
#include "contracts/messages/notice.h"
#include "control/graphs/engineering/settings.h"
#include "control/graphs/engineering/state.h"
#include "control/graphs/kit/node.h"
#include "control/graphs/kit/patience.h"

namespace control::graphs {

enum class WorkerRole { developer, tester };

struct Move : MoveOf<EngineeringState, EngineeringSettings> {
    void progress(std::string_view step, std::int64_t percent, const std::string& message);
    // The end of the task, for people who watch it and for the callback stream.
    void report_end(bool success, const std::string& message);
    // Tells the user in the chat; the last effect of a decision.
    void notify(contracts::NoticeKind kind, std::string text);
    void set_project(contracts::ProjectStatus status);
    // Where the project stood before the task.
    void put_project_back();

    // Asks for a worker; the answer's event is waited for.
    [[nodiscard]] Next hire(WorkerRole role);
    // Gives its worker the turn; the output's event is waited for.
    [[nodiscard]] Next instruct(WorkerRole role, const std::string& prompt);
    // Gives the worker back, if there is one. Once for each.
    void dismiss();
    [[nodiscard]] Next call(std::string name, Json arguments);

    // For a fault of the platform: `node` is retried after a while, a bounded number of times; then
    // a person is asked.
    [[nodiscard]] Next platform_trouble(std::string_view node, const std::string& what);
    // For a turn that broke off: the same again, a bounded number of times.
    [[nodiscard]] Next try_again(std::string_view node, const std::string& what,
                                 Trouble trouble = Trouble::crash);
    // The round is over without success: the developer gets `feedback`, or a person is asked.
    [[nodiscard]] Next next_round(const std::string& what, const std::string& feedback);
    [[nodiscard]] Next ask(std::string_view resume, const std::string& what);
};

// What the task's row says at its end.
[[nodiscard]] Json task_result(const EngineeringState& state);

}  // namespace control::graphs
