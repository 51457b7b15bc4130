#include "control/api/secrets.h"

#include "contracts/entities/secrets.h"
#include "control/api/handlers.h"
#include "control/store/project_secrets.h"
#include "control/vault/secrets.h"

namespace control {

using contracts::Json;
using contracts::ProjectSecret;
using contracts::SecretValue;

namespace {

// A body that contains a secret; wiped when it is destroyed.
class Body {
public:
    explicit Body(Exchange& exchange) : text_(exchange.request.body), json_(take_json(exchange)) {}
    ~Body() {
        wipe(text_);
        if (json_ && json_->is_object())
            for (auto& [name, member] : json_->get_ref<Json::object_t&>())
                if (member.is_string()) wipe(member.get_ref<std::string&>());
    }
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;

    // Empty if it was refused.
    [[nodiscard]] const std::optional<Json>& json() const { return json_; }

private:
    std::string& text_;
    std::optional<Json> json_;
};

Result<std::string> sealed_value(const Exchange& exchange, const Json& body) {
    if (Result<void> name = contracts::check_secret_name(exchange.name); !name) return name.fault();
    Result<SecretValue> secret = contracts::read_message<SecretValue>(body);
    if (!secret) return secret.fault();
    Result<std::string> sealed;
    if (secret->value.find('\0') == std::string::npos)
        sealed = seal_secret(*exchange.context->vault, exchange.id, exchange.name, secret->value);
    else
        sealed = fail(ErrorKind::invalid, "must be text without U+0000", "value");
    wipe(secret->value);
    return sealed;
}

}  // namespace

void handle_list_secrets(Exchange&& exchange) {
    Database& database = exchange.context->database;
    const Result<PageRequest> request = page_of(exchange);
    if (!request) return exchange.refuse(request.error());
    if (Result<void> his = check_project(database, exchange); !his)
        return exchange.refuse(his.error());
    auto page = project_secrets::list(database, exchange.id, *request);
    if (!page) return exchange.refuse(page.error());
    exchange.reply(page_response(exchange, *std::move(page)));
}

void handle_set_secret(Exchange&& exchange) {
    Result<std::string> sealed;
    {
        const Body body(exchange);
        if (!body.json()) return;
        if (exchange.context->vault == nullptr)
            return exchange.refuse({ErrorKind::transient, "this daemon has no store for secrets"});
        sealed = sealed_value(exchange, *body.json());
    }
    if (!sealed) return exchange.refuse(sealed.error());
    write_and_answer(std::make_shared<Write>(std::move(exchange)),
                     [sealed = *std::move(sealed)](Transaction& tx, Write& write) -> Result<void> {
                         const Exchange& exchange = write.exchange;
                         if (Result<void> his = check_project(tx, exchange); !his) return his;
                         write.answer = HttpResponse{204, {}, {}};
                         return project_secrets::put(tx, exchange.id, exchange.name, sealed,
                                                     exchange.context->clock.now());
                     });
}

void handle_erase_secret(Exchange&& exchange) {
    write_and_answer(std::make_shared<Write>(std::move(exchange)),
                     [](Transaction& tx, Write& write) -> Result<void> {
                         const Exchange& exchange = write.exchange;
                         if (Result<void> his = check_project(tx, exchange); !his) return his;
                         if (!contracts::check_secret_name(exchange.name))
                             return fail(ErrorKind::not_found, "there is no secret with this name",
                                         "name");
                         write.answer = HttpResponse{204, {}, {}};
                         return project_secrets::erase(tx, exchange.id, exchange.name);
                     });
}

}  // namespace control
