// Settings that may be changed while the daemon runs.
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/input.h"

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

constexpr std::size_t kMaxValueBytes = 16 << 10;

class SettingsList final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        return list(session, "/api/settings",
                    {"name", "value", "origin", "takes", "changed_by", "changed_at"});
    }
};

class SettingsChanges final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        return list(session, "/api/setting_changes", {"changed_at", "name", "value", "changed_by"});
    }
};

class SettingsSet final : public Command {
public:
    void declare(Options& options) override {
        options.argument("NAME", name_, "the setting's name, as settings list shows it");
        options.text("VALUE", "VALUE", value_, "its new value");
        options.text("--value-file", "FILE", file_, "read the value from a file, - is stdin");
        options.flag("--default", to_default_, "use the value of the environment again");
        options.exclusive("VALUE", "--value-file");
        options.exclusive("VALUE", "--default");
        options.exclusive("--value-file", "--default");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> name = check_identifier("name", *name_); !name) return name.fault();
        Result<Json> body = body_of(session.stdin_fd);
        if (!body) return body.fault();
        Result<ApiAnswer> answer =
            session.destination->api({"PUT", "/api/settings/" + *name_, *std::move(body)});
        if (!answer) return answer.fault();
        return Outcome{std::move(answer->body), *name_ + " is changed; every daemon follows soon"};
    }

private:
    [[nodiscard]] Result<Json> body_of(int stdin_fd) const {
        if (to_default_) return Json::object();
        if (value_) {
            if (Result<void> text = check_text("value", *value_); !text) return text.fault();
            return Json{{"value", *value_}};
        }
        if (!file_)
            return fail(ErrorKind::invalid, "is required, or --value-file, or --default", "VALUE");
        Result<std::string> text = read_text_file("value", *file_, stdin_fd, kMaxValueBytes);
        if (!text) return text.fault();
        return Json{{"value", *std::move(text)}};
    }

    std::optional<std::string> name_, value_, file_;
    bool to_default_ = false;
};

}  // namespace

std::unique_ptr<Command> settings_list() {
    return std::make_unique<SettingsList>();
}
std::unique_ptr<Command> settings_set() {
    return std::make_unique<SettingsSet>();
}
std::unique_ptr<Command> settings_changes() {
    return std::make_unique<SettingsChanges>();
}

}  // namespace cli::commands
