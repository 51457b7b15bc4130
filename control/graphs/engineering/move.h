// One move of an engineering thread: what its nodes can read and do. Nodes are functions `Next
// (Move&)`.
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
    // Reports the end of the task, for people who watch it and on the callback stream.
    void report_end(bool success, const std::string& message);
    // Sends the user a notice; call it last in a decision.
    void notify(contracts::NoticeKind kind, std::string text);
    void set_project(contracts::ProjectStatus status);
    // Restores the status that the project had before the task.
    void put_project_back();

    // Requests a worker and waits for the answer.
    [[nodiscard]] Next hire(WorkerRole role);
    // Gives the worker its turn and waits for the output.
    [[nodiscard]] Next instruct(WorkerRole role, const std::string& prompt);
    // Returns the worker, if there is one; each is returned once.
    void dismiss();
    [[nodiscard]] Next call(std::string name, Json arguments);

    // After a fault of the platform: `node` is retried after a wait, a bounded number of times;
    // then a person is asked.
    [[nodiscard]] Next platform_trouble(std::string_view node, const std::string& what);
    // After a turn that broke off: `node` is entered again, a bounded number of times.
    [[nodiscard]] Next try_again(std::string_view node, const std::string& what,
                                 Trouble trouble = Trouble::crash);
    // The round has failed: the developer gets `feedback`, or after the last one a person is asked.
    [[nodiscard]] Next next_round(const std::string& what, const std::string& feedback);
    [[nodiscard]] Next ask(std::string_view resume, const std::string& what);
};

// The result in the task's row when it ends.
[[nodiscard]] Json task_result(const EngineeringState& state);

}  // namespace control::graphs
