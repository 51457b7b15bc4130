// Access to the web page.
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/input.h"

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

class WebLink final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        Result<ApiAnswer> answer =
            session.destination->api({"POST", "/api/web_links", {}, session.request_id});
        if (!answer) return answer.fault();
        const std::string path = contracts::text_at(answer->body, "path");
        if (path.empty()) return fail(ErrorKind::fatal, "the API's answer has no link");
        std::string url = std::string(session.settings.api_url) + path;
        Outcome outcome{std::move(answer->body), "open it in a browser; it works only once"};
        outcome.data.erase("path");
        outcome.data["url"] = url;
        outcome.quiet = std::move(url) + '\n';
        return outcome;
    }
};

class WebSessions final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        return list(session, "/api/web_sessions",
                    {"id", "token", "browser", "created_at", "expires_at"});
    }
};

class WebEnd final : public Command {
public:
    void declare(Options& options) override {
        options.argument("ID", id_, "the session's id, as web sessions shows it");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> id = check_identifier("id", *id_); !id) return id.fault();
        Result<ApiAnswer> answer =
            session.destination->api({"DELETE", "/api/web_sessions/" + *id_, {}});
        if (!answer) return answer.fault();
        return Outcome{contracts::Json::object(), "session " + *id_ + " is signed out"};
    }

private:
    std::optional<std::string> id_;
};

}  // namespace

std::unique_ptr<Command> web_link() {
    return std::make_unique<WebLink>();
}
std::unique_ptr<Command> web_sessions() {
    return std::make_unique<WebSessions>();
}
std::unique_ptr<Command> web_end() {
    return std::make_unique<WebEnd>();
}

}  // namespace cli::commands
