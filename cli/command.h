// A command: its options, the connections that it needs, and what it does. Each group has a file in
// commands/; `commands::all()` lists all commands.
#pragma once

#include "cli/destination.h"
#include "cli/options.h"
#include "cli/retry.h"
#include "cli/settings.h"
#include "contracts/base/clock.h"

#include <algorithm>
#include <functional>
#include <memory>

namespace cli {

struct CommandEntry;

struct Printed {
    std::string out;
    std::string err;
};

// The result of an invocation.
struct Ended {
    Printed printed{};
    int exit_code = 0;
};

// Shows one line of progress.
using ProgressLine = std::function<void(std::string_view line)>;

// Everything a running command may use. Borrowed during `run`.
struct Session {
    const Settings& settings;
    Destination* destination;  // null for commands that need no connection
    const contracts::Clock& clock;
    Waiter& waiter;
    std::string request_id;  // the idempotency key of this invocation
    std::span<const CommandEntry> commands;
    int stdin_fd;
    int stdout_fd;               // for a command that speaks a protocol; others return an Outcome
    ProgressLine show_progress;  // null: no terminal shows it
    // Runs another command as if it had been typed. It reads nothing from standard input, and what
    // it would print is returned.
    std::function<Ended(std::span<const std::string_view> arguments, ProgressLine show_progress)>
        invoke;
    // The commands allowed here; empty: all that the token permits. Failure: the settings'.
    std::function<contracts::Result<std::optional<contracts::AllowedCommands>>()> allowed;
    // From now on Ctrl-C prints this: what continues without us, and the next step.
    std::function<void(std::string message, std::string next_step)> on_interrupt;
};

struct Outcome {
    contracts::Json data;
    std::string message{};
    std::string next_cursor{};                // of a list that has another page
    std::vector<std::string_view> columns{};  // the columns of a table; empty: all
    // Not empty: the command succeeded, but what it waited for or checked failed ("TaskFailed").
    std::string failure{};
    int exit_code = 0;
    std::optional<std::string> plain{};  // printed unchanged instead of JSON, such as a script
    std::string quiet{};                 // what --quiet prints; empty: the ids
};

class Command {
public:
    virtual ~Command() = default;
    // Called once, before parsing; the options' targets are members.
    virtual void declare(Options& options) = 0;
    [[nodiscard]] virtual contracts::Result<Outcome> run(Session& session) = 0;
    // The connections that this call needs; may be fewer than its entry's. Called after parsing.
    [[nodiscard]] virtual Reach reach(const Settings&, Reach entry) const { return entry; }
};

struct CommandEntry {
    std::string_view group;
    std::string_view name;  // one or two words; empty: the group is the command
    std::string_view summary;
    Reach reach;
    std::unique_ptr<Command> (*make)();
    std::string_view example;  // the words after "orchestrator", a valid command line

    // "project.create", "project.secret_set": its name in ALLOWED_COMMANDS.
    [[nodiscard]] std::string permission() const {
        std::string text = joined('.');
        std::ranges::replace(text, ' ', '_');
        std::ranges::replace(text, '-', '_');
        return text;
    }
    // "project create", "project secret set", as a person types it.
    [[nodiscard]] std::string words() const { return joined(' '); }
    [[nodiscard]] std::string joined(char separator) const {
        std::string text(group);
        if (!name.empty()) (text += separator).append(name);
        return text;
    }
    // The word that follows `path` ("project", "project secret"; empty: the group). Empty: the
    // command does not begin with `path`, or ends there.
    [[nodiscard]] std::string_view word_behind(std::string_view path) const {
        if (path.empty()) return group;
        if (!path.starts_with(group)) return {};
        path.remove_prefix(group.size());
        std::string_view rest = name;
        if (!path.empty()) {
            if (!path.starts_with(' ') || !rest.starts_with(path.substr(1))) return {};
            rest.remove_prefix(path.size() - 1);
            if (!rest.starts_with(' ')) return {};
            rest.remove_prefix(1);
        }
        return rest.substr(0, rest.find(' '));
    }
};

template <class C>
std::unique_ptr<Command> make_command() {
    return std::make_unique<C>();
}

}  // namespace cli
