#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/input.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Json;
using contracts::Result;

class InfraList final : public Command {
public:
    InfraList(std::string path, std::vector<std::string_view> columns)
        : path_(std::move(path)), columns_(std::move(columns)) {}

    void declare(Options& options) override { page_.declare(options); }
    Result<Outcome> run(Session& session) override {
        Result<std::string> query = page_.query();
        if (!query) return query.fault();
        return list(session, path_ + *query, columns_);
    }

private:
    std::string path_;
    std::vector<std::string_view> columns_;
    Page page_;
};

Result<Outcome> outcome_of(Result<ApiAnswer> answer, std::string message) {
    if (!answer) return answer.fault();
    return Outcome{std::move(answer->body), std::move(message)};
}

// A command for one server by its id: read, provision or release it.
class ServerCommand : public Command {
public:
    void declare(Options& options) override {
        options.argument("ID", id_, "the server's id, as infra servers shows it");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> id = check_identifier("id", *id_); !id) return id.fault();
        return run_with(session, "/api/servers/" + *id_);
    }

private:
    virtual Result<Outcome> run_with(Session& session, const std::string& path) = 0;
    std::optional<std::string> id_;
};

class InfraShow final : public ServerCommand {
    Result<Outcome> run_with(Session& session, const std::string& path) override {
        return outcome_of(session.destination->api({"GET", path}), "the server's record");
    }
};

class InfraProvision final : public ServerCommand {
public:
    void declare(Options& options) override {
        ServerCommand::declare(options);
        options.flag("--force-reinstall", force_reinstall_,
                     "reinstall its system first; this erases everything on it");
        options.flag("--recovery", is_recovery_, "redeploy the projects that ran there");
    }

private:
    Result<Outcome> run_with(Session& session, const std::string& path) override {
        Json body = Json::object();
        if (force_reinstall_) body["force_reinstall"] = true;
        if (is_recovery_) body["is_recovery"] = true;
        return outcome_of(session.destination->api({"POST", path + "/provision", std::move(body)}),
                          "the server is being set up; orchestrator infra show shows its progress");
    }

    bool force_reinstall_ = false;
    bool is_recovery_ = false;
};

class InfraRelease final : public ServerCommand {
    Result<Outcome> run_with(Session& session, const std::string& path) override {
        return outcome_of(
            session.destination->api({"POST", path + "/release", Json::object()}),
            "the server is reserved and will not be touched until it is provisioned again");
    }
};

class InfraAdd final : public Command {
public:
    void declare(Options& options) override {
        options.required("--handle", "NAME", handle_, "its name for people and messages");
        options.required("--address", "ADDRESS", address_, "its numeric address");
        options.required("--provider-id", "ID", provider_id_, "its id at its provider");
        options.text("--name", "NAME", name_, "a name for people (default: the handle)");
    }
    Result<Outcome> run(Session& session) override {
        for (const auto& [field, text] :
             {std::pair("handle", &handle_), std::pair("ip_address", &address_),
              std::pair("provider_id", &provider_id_)})
            if (Result<void> checked = check_identifier(field, **text); !checked)
                return checked.fault();
        Json body{{"handle", *handle_},
                  {"name", name_.value_or(*handle_)},
                  {"ip_address", *address_},
                  {"provider_id", *provider_id_}};
        return outcome_of(
            session.destination->api({"POST", "/api/servers", std::move(body), session.request_id}),
            "the server was added; MANAGED_SERVERS says whether it may be set up");
    }

private:
    std::optional<std::string> handle_, address_, provider_id_, name_;
};

class InfraReservePort final : public Command {
public:
    void declare(Options& options) override {
        options.required("--server", "ID", server_, "the server's id");
        options.required("--project", "ID", project_, "the project's id");
        options.required("--service", "NAME", service_, "the project's service");
        options.required("--port", "N", port_, "1 to 65535");
    }
    Result<Outcome> run(Session& session) override {
        for (const auto& [field, text] :
             {std::pair("server_id", &server_), std::pair("project_id", &project_),
              std::pair("service_name", &service_)})
            if (Result<void> checked = check_identifier(field, **text); !checked)
                return checked.fault();
        Result<std::int64_t> port = parse_number("port", *port_, 1, 65'535);
        if (!port) return port.fault();
        Json body{{"server_id", *server_},
                  {"project_id", *project_},
                  {"service_name", *service_},
                  {"port", *port}};
        return outcome_of(session.destination->api(
                              {"POST", "/api/allocations", std::move(body), session.request_id}),
                          "port " + *port_ + " is kept for it");
    }

private:
    std::optional<std::string> server_, project_, service_, port_;
};

class InfraResolve final : public Command {
public:
    void declare(Options& options) override {
        options.argument("ID", id_, "the incident's id, as infra incidents shows it");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> id = check_identifier("id", *id_); !id) return id.fault();
        return outcome_of(session.destination->api(
                              {"PATCH", "/api/incidents/" + *id_, Json{{"status", "resolved"}}}),
                          "the incident is resolved");
    }

private:
    std::optional<std::string> id_;
};

}  // namespace

std::unique_ptr<Command> infra_show() {
    return std::make_unique<InfraShow>();
}
std::unique_ptr<Command> infra_add() {
    return std::make_unique<InfraAdd>();
}
std::unique_ptr<Command> infra_provision() {
    return std::make_unique<InfraProvision>();
}
std::unique_ptr<Command> infra_release() {
    return std::make_unique<InfraRelease>();
}
std::unique_ptr<Command> infra_reserve_port() {
    return std::make_unique<InfraReservePort>();
}
std::unique_ptr<Command> infra_resolve() {
    return std::make_unique<InfraResolve>();
}

std::unique_ptr<Command> infra_servers() {
    return std::make_unique<InfraList>(
        "/api/servers",
        std::vector<std::string_view>{"id", "name", "ip_address", "status", "last_health_check"});
}
std::unique_ptr<Command> infra_incidents() {
    return std::make_unique<InfraList>(
        "/api/incidents", std::vector<std::string_view>{"id", "server_id", "severity", "status",
                                                        "title", "created_at"});
}

}  // namespace cli::commands
