// The documents of a project: lists and searches them.
#include "cli/api_answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/input.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Result;

Result<std::string> documents_path(const std::string& project) {
    if (Result<void> id = check_identifier("project", project); !id) return id.fault();
    return "/api/projects/" + project + "/documents";
}

class DocsList final : public Command {
public:
    void declare(Options& options) override {
        options.required("--project", "ID", project_, "the project's id");
    }
    Result<Outcome> run(Session& session) override {
        Result<std::string> path = documents_path(*project_);
        if (!path) return path.fault();
        return list(session, *path + "?limit=500", {"path", "bytes", "parts", "left_because"});
    }

private:
    std::optional<std::string> project_;
};

class DocsSearch final : public Command {
public:
    void declare(Options& options) override {
        options.argument("QUERY", query_, "words, or a question");
        options.required("--project", "ID", project_, "the project's id");
        options.text("--limit", "N", limit_, "maximum number of results, 1 to 50 (default 5)");
    }
    Result<Outcome> run(Session& session) override {
        Result<std::string> path = documents_path(*project_);
        if (!path) return path.fault();
        if (Result<void> text = check_text("query", *query_); !text) return text.fault();
        Result<std::int64_t> limit = parse_number("limit", limit_.value_or("5"), 1, 50);
        if (!limit) return limit.fault();
        return list(
            session,
            *path + "/search?limit=" + std::to_string(*limit) + "&query=" + encoded(*query_),
            {"path", "position", "text"});
    }

private:
    std::optional<std::string> query_, project_, limit_;
};

}  // namespace

std::unique_ptr<Command> docs_list() {
    return std::make_unique<DocsList>();
}
std::unique_ptr<Command> docs_search() {
    return std::make_unique<DocsSearch>();
}

}  // namespace cli::commands
