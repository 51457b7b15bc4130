// The queues of the bus, and the messages that failed there.
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/input.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Json;
using contracts::Result;

Result<std::string> letters_path(const std::string& queue) {
    if (Result<void> name = check_identifier("name", queue); !name) return name.fault();
    return "/api/queues/" + queue + "/dead_letters";
}

class QueueList final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        return list(session, "/api/queues",
                    {"name", "length", "pending", "lag", "dead", "looked_at"});
    }
};

class QueueShow final : public Command {
public:
    void declare(Options& options) override {
        options.argument("NAME", name_, "the queue's name, as queue list shows it");
    }
    Result<Outcome> run(Session& session) override {
        Result<std::string> path = letters_path(*name_);
        if (!path) return path.fault();
        return list(session, *path + "?limit=100", {"id", "failed_at", "service", "error"});
    }

private:
    std::optional<std::string> name_;
};

class QueueOrder final : public Command {
public:
    QueueOrder(const char* verb, const char* message) : verb_(verb), message_(message) {}

    void declare(Options& options) override {
        options.argument("NAME", name_, "the queue's name, as queue list shows it");
        options.argument("ID", id_, "the dead letter's id, as queue show shows it");
    }
    Result<Outcome> run(Session& session) override {
        Result<std::string> path = letters_path(*name_);
        if (!path) return path.fault();
        if (Result<void> id = check_identifier("id", *id_); !id) return id.fault();
        Result<ApiAnswer> answer =
            session.destination->api({"POST", *path + '/' + *id_ + '/' + verb_, Json::object()});
        if (!answer) return answer.fault();
        return Outcome{Json{{"queue", *name_}, {"id", *id_}}, message_};
    }

private:
    std::string verb_;
    std::string message_;
    std::optional<std::string> name_, id_;
};

}  // namespace

std::unique_ptr<Command> queue_list() {
    return std::make_unique<QueueList>();
}
std::unique_ptr<Command> queue_show() {
    return std::make_unique<QueueShow>();
}
std::unique_ptr<Command> queue_requeue() {
    return std::make_unique<QueueOrder>("requeue", "the message is sent once more within seconds");
}
std::unique_ptr<Command> queue_drop() {
    return std::make_unique<QueueOrder>("drop", "the message is dropped within seconds");
}

}  // namespace cli::commands
