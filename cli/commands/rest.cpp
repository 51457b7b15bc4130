#include "cli/commands/rest.h"

#include "cli/api_answer.h"
#include "cli/input.h"

namespace cli::commands {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::Task;
using contracts::TaskType;

void Page::declare(Options& options) {
    options.text("--limit", "N", limit, "maximum number of results, 1 to 500 (default 50)");
    options.text("--cursor", "C", cursor, "the next page: next_cursor of the previous one");
}

Result<std::string> Page::query(std::string filter) const {
    std::string text = std::move(filter);
    const auto add = [&](std::string_view name, std::string_view value) {
        text.append(text.empty() ? "" : "&").append(name).append("=").append(encoded(value));
    };
    if (limit) {
        Result<std::int64_t> number = parse_number("limit", *limit, 1, 500);
        if (!number) return number.fault();
        add("limit", std::to_string(*number));
    }
    if (cursor) {
        if (cursor->empty() || cursor->size() > 512)
            return fail(ErrorKind::invalid, "must have 1 to 512 bytes", "cursor");
        add("cursor", *cursor);
    }
    return text.empty() ? text : '?' + text;
}

Result<Outcome> list(Session& session, const std::string& path_and_query,
                     std::vector<std::string_view> columns) {
    Result<ApiAnswer> answer = session.destination->api({"GET", path_and_query});
    if (!answer) return answer.fault();
    if (!answer->body.is_array())
        return fail(ErrorKind::fatal, "the API's answer does not fit: it must be an array");
    Outcome outcome;
    const std::size_t count = answer->body.size();
    outcome.message = count == 0 ? "nothing found" : std::to_string(count) + " found";
    outcome.data = std::move(answer->body);
    outcome.next_cursor = std::move(answer->next_cursor);
    outcome.columns = std::move(columns);
    return outcome;
}

Result<Task> get_task(Session& session, const std::string& id, TaskType type) {
    if (Result<void> checked = check_identifier("id", id); !checked) return checked.fault();
    Result<ApiAnswer> answer = session.destination->api({"GET", "/api/tasks/" + id});
    if (!answer) return answer.fault();
    Result<Task> task = read_entity<Task>(*answer);
    if (!task || task->type == type) return task;
    const std::string other(to_text(task->type));
    return fail(ErrorKind::not_found, "task " + id + " is a task of type " + other, "id",
                "see orchestrator " + other + " --help");
}

}  // namespace cli::commands
