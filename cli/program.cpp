#include "cli/program.h"

#include "cli/agent_destination.h"
#include "cli/common_options.h"
#include "cli/direct_destination.h"
#include "cli/input.h"
#include "cli/interruption.h"
#include "cli/selection.h"
#include "contracts/base/id.h"
#include "contracts/base/unique_fd.h"
#include "contracts/fields/shape.h"

#include <fcntl.h>
#include <unistd.h>

namespace cli {

namespace {

using contracts::Error;
using contracts::ErrorKind;
using contracts::Result;

// For wrong settings: fails at the first call, so that mistakes in what was typed come first.
class NowhereToGo final : public Destination {
public:
    explicit NowhereToGo(Error why) : why_(std::move(why)) {}
    Result<ApiAnswer> api(const ApiRequest&) override { return contracts::fail(why_); }
    Result<void> publish(std::string_view, const contracts::Json&) override {
        return contracts::fail(why_);
    }
    Result<std::vector<Progress>> follow(const std::string&, std::string&,
                                         std::chrono::milliseconds) override {
        return contracts::fail(why_);
    }
    Result<void> respond(const std::string&, const std::string&) override {
        return contracts::fail(why_);
    }
    Result<void> ping_bus() override { return contracts::fail(why_); }

private:
    Error why_;
};

std::unique_ptr<Destination> destination_of(const CommandEntry& entry, const Command& command,
                                            const Settings& settings) {
    if (!settings.agent_socket.empty())
        return std::make_unique<AgentDestination>(settings.agent_socket, entry.permission());
    Result<std::unique_ptr<Destination>> direct =
        DirectDestination::make(settings, command.reach(settings, entry.reach));
    if (direct) return std::move(*direct);
    return std::make_unique<NowhereToGo>(std::move(direct.error()));
}

// Why the command may not be run here; empty: it may.
std::optional<Failure> refusal(const Result<Settings>& settings, const CommandEntry& entry) {
    if (!settings) return failure_of(settings.error());
    if (!settings->allowed) return std::nullopt;
    Result<void> allowed = settings->allowed->check(entry.permission());
    if (allowed) return std::nullopt;
    Failure failure = failure_of(std::move(allowed.error()));
    failure.allowed_commands = settings->allowed->patterns();
    return failure;
}

class Invocation {
public:
    // `show_progress`: null without a terminal.
    Invocation(std::span<const CommandEntry> commands, const Surroundings& surroundings,
               Style style, ProgressLine show_progress)
        : commands_(commands),
          surroundings_(surroundings),
          style_(style),
          show_progress_(std::move(show_progress)) {}

    Ended run(std::span<const std::string_view> arguments);

private:
    Ended run(const CommandEntry& entry, std::span<const std::string_view> arguments);
    Ended execute(const CommandEntry& entry, Command& command, const Settings& settings,
                  std::string request_id);
    // Runs another command, for a command that runs commands on behalf of somebody else.
    Ended invoke(std::span<const std::string_view> arguments, ProgressLine show_progress);
    Result<std::optional<contracts::AllowedCommands>> allowed();
    Ended tell(const Outcome& outcome);
    Ended tell(const Failure& failure);
    Ended tell_plain(std::string text);

    std::span<const CommandEntry> commands_;
    const Surroundings& surroundings_;
    Style style_;
    ProgressLine show_progress_;
};

Ended Invocation::run(std::span<const std::string_view> arguments) {
    Result<Selection> selection = select(arguments, commands_);
    if (!selection) return tell(usage_failure(std::move(selection.error())));
    if (selection->command == nullptr) {
        // Help is shown even if other settings are wrong.
        const Result<Settings> settings = Settings::read(surroundings_.environment);
        const bool bounded = settings && settings->allowed;
        return tell_plain(
            overview(commands_, selection->group, bounded ? &*settings->allowed : nullptr));
    }
    return run(*selection->command, selection->rest);
}

Ended Invocation::run(const CommandEntry& entry, std::span<const std::string_view> arguments) {
    Result<Settings> settings;
    if (entry.reach != Reach::nothing) settings = Settings::read(surroundings_.environment);
    const std::optional<Failure> forbidden = refusal(settings, entry);
    // "--help" may turn out to be an option's value, so it is checked again before anything is run.
    if (forbidden && !asks_for_help(arguments)) return tell(*forbidden);

    const std::unique_ptr<Command> command = entry.make();
    Options options;
    CommonOptions common;
    declare_all(options, *command, common, entry.reach);
    Result<Parsed> parsed = options.parse(arguments);
    if (!parsed) {
        std::string& next_step = parsed.error().next_step;
        next_step.append(next_step.empty() ? "" : " ");
        next_step.append("see orchestrator " + entry.words() + " --help");
        return tell(usage_failure(std::move(parsed.error())));
    }
    if (*parsed == Parsed::help)
        return tell_plain(
            options.help(entry.words(), entry.summary, entry.example,
                         entry.reach == Reach::nothing ? std::string() : entry.permission()));
    if (forbidden) return tell(*forbidden);

    const std::optional<Format> format =
        contracts::parse_choice<Format>(common.output.value_or("json"));
    if (!format)
        return tell(usage_failure(
            Error{ErrorKind::invalid,
                  "must be one of: json, table, not " + contracts::shape_of_text(*common.output),
                  "--output"}));
    style_.format = *format;
    style_.quiet = common.quiet;
    if (!common.request_id) common.request_id = contracts::make_uuid4();
    if (Result<void> id = check_identifier("request_id", *common.request_id); !id)
        return tell(failure_of(std::move(id.error())));
    return execute(entry, *command, *settings, std::move(*common.request_id));
}

Ended Invocation::execute(const CommandEntry& entry, Command& command, const Settings& settings,
                          std::string request_id) {
    std::unique_ptr<Destination> destination;
    if (entry.reach != Reach::nothing)
        destination = std::make_unique<RetryingDestination>(
            destination_of(entry, command, settings), surroundings_.waiter);
    Interruption interruption(surroundings_.stdout_fd, surroundings_.stderr_fd);
    const auto say_when_interrupted = [&](std::string message, std::string next_step) {
        Failure failure;
        failure.word = "Interrupted";
        failure.error = Error{ErrorKind::transient, std::move(message), {}, std::move(next_step)};
        failure.exit_code = kInterrupted;
        interruption.prepare(print(failure, style_));
    };
    Session session{
        settings,
        destination.get(),
        surroundings_.clock,
        surroundings_.waiter,
        request_id,
        commands_,
        surroundings_.stdin_fd,
        surroundings_.stdout_fd,
        style_.quiet ? nullptr : show_progress_,
        [this](auto arguments, ProgressLine show) { return invoke(arguments, std::move(show)); },
        [this] { return allowed(); },
        say_when_interrupted};
    if (writes(entry.reach))
        say_when_interrupted("the command was interrupted and may be incomplete",
                             "run the same command again with --request-id " + request_id);
    Result<Outcome> outcome = command.run(session);
    if (outcome) return tell(*outcome);
    Failure failure = failure_of(std::move(outcome.error()));
    // Repeating the command with the same key completes an incomplete write.
    if (writes(entry.reach) && failure.exit_code != kUsage)
        failure.request_id = std::move(request_id);
    if (failure.exit_code == kTryAgain && failure.error.next_step.empty())
        failure.error.next_step =
            failure.request_id.empty()
                ? "run the command again"
                : "run the same command again with --request-id " + failure.request_id;
    return tell(failure);
}

Ended Invocation::invoke(std::span<const std::string_view> arguments, ProgressLine show_progress) {
    const contracts::UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    Surroundings quiet = surroundings_;
    quiet.stdin_fd = nothing.get();
    quiet.stdout_fd = quiet.stderr_fd = -1;  // an interruption's message is not of the protocol
    return Invocation(commands_, quiet, Style{}, std::move(show_progress)).run(arguments);
}

Result<std::optional<contracts::AllowedCommands>> Invocation::allowed() {
    Result<Settings> settings = Settings::read(surroundings_.environment);
    if (!settings) return settings.fault();
    return std::move(settings->allowed);
}

Ended Invocation::tell(const Outcome& outcome) {
    if (outcome.failure.empty()) return {print(outcome, style_), kOk};
    Failure failure;
    failure.word = outcome.failure;
    failure.error.message = outcome.message;
    failure.exit_code = outcome.exit_code;
    failure.data = outcome.data;
    return tell(failure);
}

Ended Invocation::tell(const Failure& failure) {
    return {print(failure, style_), failure.exit_code};
}

Ended Invocation::tell_plain(std::string text) {
    return {{std::move(text), {}}, kOk};
}

// Do not claim success if the result could not be printed.
int write(const Ended& ended, const Surroundings& surroundings) {
    (void)write_all(surroundings.stderr_fd, ended.printed.err);
    Result<void> written = write_all(surroundings.stdout_fd, ended.printed.out);
    if (written) return ended.exit_code;
    (void)write_all(surroundings.stderr_fd, written.error().describe() + "\n");
    return ended.exit_code == kOk ? kFailure : ended.exit_code;
}

}  // namespace

int run_program(std::span<const std::string_view> arguments, std::span<const CommandEntry> commands,
                const Surroundings& surroundings) {
    const auto paint_of = [&surroundings](int fd) {
        const bool wanted = ::isatty(fd) == 1 &&
                            surroundings.environment("NO_COLOR").value_or("").empty() &&
                            surroundings.environment("TERM").value_or("dumb") != "dumb";
        return wanted ? Paint::colours : Paint::none;
    };
    Style style;
    if (asks_for_table(arguments))
        style = {Format::table, false, paint_of(surroundings.stdout_fd),
                 paint_of(surroundings.stderr_fd)};
    style.quiet = asks_for_quiet(arguments);
    const bool is_watched = ::isatty(surroundings.stderr_fd) == 1;
    return write(Invocation(commands, surroundings, style,
                            is_watched ? lines_to(surroundings.stderr_fd) : nullptr)
                     .run(arguments),
                 surroundings);
}

}  // namespace cli
