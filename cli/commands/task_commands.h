// `status` and `wait`, the same for every type of task.
#pragma once

#include "cli/commands/tasks.h"

namespace cli::commands {

// What `status` shows of a task.
[[nodiscard]] Outcome outcome_of(const contracts::Task& task);

class TaskStatusCommand final : public Command {
public:
    explicit TaskStatusCommand(contracts::TaskType type) : type_(type) {}
    void declare(Options& options) override;
    [[nodiscard]] contracts::Result<Outcome> run(Session& session) override;

private:
    contracts::TaskType type_;
    std::optional<std::string> id_;
};

class TaskWaitCommand final : public Command {
public:
    explicit TaskWaitCommand(contracts::TaskType type) : type_(type) {}
    void declare(Options& options) override;
    [[nodiscard]] contracts::Result<Outcome> run(Session& session) override;

private:
    contracts::TaskType type_;
    std::optional<std::string> id_;
    std::optional<std::string> timeout_;
    bool progress_ = false;
};

// Answers the question that a blocked task has asked its owner.
class TaskAnswerCommand final : public Command {
public:
    explicit TaskAnswerCommand(contracts::TaskType type) : type_(type) {}
    void declare(Options& options) override;
    [[nodiscard]] contracts::Result<Outcome> run(Session& session) override;

private:
    contracts::TaskType type_;
    std::optional<std::string> id_;
    std::optional<std::string> text_;
};

}  // namespace cli::commands
