// The names under which a project is reached over https.
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/input.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Result;

class DomainList final : public Command {
public:
    void declare(Options& options) override {
        options.required("--project", "ID", project_, "the project's id");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> id = check_identifier("project", *project_); !id) return id.fault();
        return list(session, "/api/projects/" + *project_ + "/domains",
                    {"domain", "state", "reason", "since"});
    }

private:
    std::optional<std::string> project_;
};

class DomainChange final : public Command {
public:
    explicit DomainChange(bool adds) : adds_(adds) {}

    void declare(Options& options) override {
        options.argument("DOMAIN", domain_, "a host name, such as shop.example.org");
        options.required("--project", "ID", project_, "the project's id");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> id = check_identifier("project", *project_); !id) return id.fault();
        if (Result<void> name = check_identifier("domain", *domain_); !name) return name.fault();
        const std::string path = "/api/projects/" + *project_ + "/domains/" + *domain_;
        Result<ApiAnswer> answer =
            adds_ ? session.destination->api({"PUT", path, contracts::Json::object()})
                  : session.destination->api({"DELETE", path, {}});
        if (!answer) return answer.fault();
        if (!adds_)
            return Outcome{contracts::Json::object(), *domain_ + " no longer leads to the project"};
        return Outcome{std::move(answer->body),
                       *domain_ +
                           " is used once its DNS entry leads here; orchestrator domain "
                           "list --project " +
                           *project_ + " shows its state"};
    }

private:
    bool adds_;
    std::optional<std::string> domain_, project_;
};

}  // namespace

std::unique_ptr<Command> domain_list() {
    return std::make_unique<DomainList>();
}
std::unique_ptr<Command> domain_add() {
    return std::make_unique<DomainChange>(true);
}
std::unique_ptr<Command> domain_remove() {
    return std::make_unique<DomainChange>(false);
}

}  // namespace cli::commands
