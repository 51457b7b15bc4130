#include "cli/output.h"

#include "cli/table.h"

#include <unistd.h>
#include <cerrno>
#include <set>

namespace cli {

namespace {

using contracts::dump_json;
using contracts::Error;
using contracts::Json;

// Members are in the order in which people read them.
class Line {
public:
    void add(std::string_view name, const Json& value) {
        text_.append(text_.empty() ? "{" : ",").append(dump_json(Json(std::string(name))));
        text_.append(":").append(dump_json(value));
    }
    [[nodiscard]] std::string finish() && { return std::move(text_).append("}\n"); }

private:
    std::string text_;
};

Json details_of(const Failure& failure) {
    Json details = Json::object();
    if (!failure.error.field.empty()) details["field"] = failure.error.field;
    if (!failure.error.next_step.empty()) details["next_step"] = failure.error.next_step;
    if (!failure.request_id.empty()) details["request_id"] = failure.request_id;
    if (!failure.data.is_null()) details["data"] = failure.data;
    if (failure.allowed_commands) details["allowed_commands"] = *failure.allowed_commands;
    return details;
}

// A message such as "must not be empty" needs its field.
std::string message_of(const Failure& failure) {
    return Error{failure.error.kind, failure.error.message, failure.error.field}.describe();
}

std::string in_words(const Failure& failure, Paint paint) {
    std::string text =
        painted(failure.word + ":", Colour::red, paint) + " " + message_of(failure) + "\n";
    if (!failure.error.next_step.empty())
        text.append("  ").append(failure.error.next_step).append("\n");
    if (!failure.request_id.empty())
        text.append("  request id: ").append(failure.request_id).append("\n");
    return text;
}

std::string in_json(const Failure& failure) {
    Line line;
    line.add("success", false);
    line.add("error", failure.word);
    line.add("message", message_of(failure));
    line.add("details", details_of(failure));
    return std::move(line).finish();
}

// Lines of ids, each id once, in the order in which they were added.
class Ids {
public:
    void add(const Json& entity, std::string_view member) {
        if (!entity.is_object()) return;
        const auto id = entity.find(member);
        if (id == entity.end() || !id->is_string()) return;
        if (const auto& text = id->get_ref<const std::string&>(); seen_.insert(text).second)
            lines_.append(text).append("\n");
    }
    [[nodiscard]] const std::string& lines() const { return lines_; }

private:
    std::set<std::string_view> seen_;  // in the entities
    std::string lines_;
};

// The id of an entity, of each row of a list, or of entities that were made together ({"project":
// …, "task": …}). The first column identifies a list's rows.
std::string ids_of(const Outcome& outcome) {
    const Json& data = outcome.data;
    Ids ids;
    ids.add(data, "id");
    if (!ids.lines().empty() || !data.is_structured()) return ids.lines();
    for (const Json& part : data)
        ids.add(part, outcome.columns.empty() ? "id" : outcome.columns.front());
    return ids.lines();
}

}  // namespace

Failure failure_of(Error error) {
    Failure failure;
    failure.word = contracts::to_text(error.kind);
    failure.exit_code = exit_code(error.kind);
    failure.error = std::move(error);
    return failure;
}

Failure usage_failure(Error error) {
    Failure failure;
    failure.word = "UsageError";
    failure.exit_code = kUsage;
    failure.error = std::move(error);
    return failure;
}

Printed print(const Outcome& outcome, const Style& style) {
    if (outcome.plain) return {*outcome.plain, {}};
    if (style.quiet) {
        std::string more;
        if (!outcome.next_cursor.empty()) more = "more with --cursor " + outcome.next_cursor + "\n";
        return {outcome.quiet.empty() ? ids_of(outcome) : outcome.quiet, std::move(more)};
    }
    if (style.format == Format::table) return {table(outcome, style.out), {}};
    Line line;
    line.add("success", true);
    line.add("data", outcome.data);
    line.add("message", outcome.message);
    if (!outcome.next_cursor.empty()) line.add("next_cursor", outcome.next_cursor);
    return {std::move(line).finish(), {}};
}

Printed print(const Failure& failure, const Style& style) {
    if (style.format == Format::table) {
        // Shows the data of a failed task, which says why it failed.
        const Outcome shown{failure.data};
        return {failure.data.is_object() ? table(shown, style.out) : "",
                in_words(failure, style.err)};
    }
    if (style.quiet) return {{}, in_json(failure)};
    return {in_json(failure), {}};
}

contracts::Result<void> write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0)
            return contracts::fail(contracts::system_error(errno, "write the answer"));
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

ProgressLine lines_to(int fd) {
    return [fd](std::string_view line) {
        (void)write_all(fd, std::string(line) + '\n');
    };
}

}  // namespace cli
