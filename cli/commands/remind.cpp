// Reminders: sets, lists and cancels them.
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/input.h"

#include <charconv>

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

constexpr std::int64_t kLongest = 366LL * 24 * 3600;

// "90s", "30m", "2h", "3d"
Result<std::int64_t> seconds_of(const std::string& text) {
    std::int64_t count = 0;
    const char* end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, count);
    std::int64_t unit = 0;
    if (failure == std::errc() && rest + 1 == end) switch (*rest) {
            case 's':
                unit = 1;
                break;
            case 'm':
                unit = 60;
                break;
            case 'h':
                unit = 3600;
                break;
            case 'd':
                unit = 24 * 3600;
                break;
            default:
                break;
        }
    if (unit == 0 || count < 1 || count > kLongest / unit)
        return fail(ErrorKind::invalid, "must be a time such as 90s, 30m, 2h or 3d, a year at most",
                    "in");
    return count * unit;
}

class Remind final : public Command {
public:
    void declare(Options& options) override {
        options.argument("TEXT", text_, "what to be reminded of");
        options.required("--in", "TIME", in_, "after this time: 90s, 30m, 2h, 3d");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> checked = check_text("text", *text_); !checked) return checked.fault();
        Result<std::int64_t> seconds = seconds_of(*in_);
        if (!seconds) return seconds.fault();
        Json body{{"text", *text_}, {"in_seconds", *seconds}};
        Result<ApiAnswer> answer = session.destination->api(
            {"POST", "/api/reminders", std::move(body), session.request_id});
        if (!answer) return answer.fault();
        return Outcome{std::move(answer->body),
                       "the reminder comes as a notice, in a turn of its own"};
    }

private:
    std::optional<std::string> text_, in_;
};

class ReminderList final : public Command {
public:
    void declare(Options& options) override { page_.declare(options); }
    Result<Outcome> run(Session& session) override {
        Result<std::string> query = page_.query();
        if (!query) return query.fault();
        return list(session, "/api/reminders" + *query, {"id", "due_at", "text"});
    }

private:
    Page page_;
};

class ReminderCancel final : public Command {
public:
    void declare(Options& options) override {
        options.argument("ID", id_, "the reminder's id, as reminder list shows it");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> id = check_identifier("id", *id_); !id) return id.fault();
        Result<ApiAnswer> answer =
            session.destination->api({"DELETE", "/api/reminders/" + *id_, {}});
        if (!answer) return answer.fault();
        return Outcome{Json::object(), "reminder " + *id_ + " is cancelled"};
    }

private:
    std::optional<std::string> id_;
};

}  // namespace

std::unique_ptr<Command> remind() {
    return std::make_unique<Remind>();
}
std::unique_ptr<Command> reminder_list() {
    return std::make_unique<ReminderList>();
}
std::unique_ptr<Command> reminder_cancel() {
    return std::make_unique<ReminderCancel>();
}

}  // namespace cli::commands
