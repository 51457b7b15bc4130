#include "control/api/webhooks.h"

#include "contracts/fields/read.h"
#include "control/http/server.h"
#include "control/store/forge_deliveries.h"
#include "control/vault/signature.h"

#include <algorithm>

namespace control {

using contracts::ErrorKind;
using contracts::Json;

namespace {

constexpr std::string_view kScheme = "sha256=";
constexpr std::size_t kLongestId = 100;
constexpr std::size_t kLongestRepository = 200;

// After these events there may be something new for a flow at GitHub.
constexpr std::string_view kEvents[] = {"check_run",    "check_suite", "installation",
                                        "pull_request", "push",        "pull_request_review",
                                        "workflow_run", "status"};

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= kLongestId && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-';
    });
}

bool is_part_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '/';
}

bool is_signed_by_github(const Exchange& exchange) {
    std::string_view signature = exchange.request.header("X-Hub-Signature-256");
    if (!signature.starts_with(kScheme)) return false;
    signature.remove_prefix(kScheme.size());
    return is_signed(exchange.request.body, signature, exchange.context->webhook_secret);
}

// "owner/name"; empty: the delivery is about no repository.
Result<std::string> repository_of(const std::string& body) {
    const Result<Json> json = contracts::parse_json(body);
    if (!json) return json.fault();
    if (!json->is_object()) return fail(ErrorKind::invalid, "must be a JSON object");
    const auto repository = json->find("repository");
    if (repository == json->end() || !repository->is_object()) return std::string();
    const auto name = repository->find("full_name");
    if (name == repository->end() || !name->is_string()) return std::string();
    const auto& text = name->get_ref<const std::string&>();
    if (text.size() > kLongestRepository || !std::ranges::all_of(text, is_part_of_name))
        return std::string();
    return text;
}

HttpResponse heard(std::string_view what) {
    return json_text_response(202, contracts::dump_json(Json{{"status", what}}));
}

// Answers once the delivery is durable: GitHub does not resend a delivery that was answered.
void receive(Exchange&& exchange, ForgeDelivery delivery) {
    const auto shared = std::make_shared<Exchange>(std::move(exchange));
    const auto is_new = std::make_shared<bool>(false);
    shared->context->database.transaction_async(
        [is_new, delivery = std::move(delivery)](Transaction& tx) -> Result<void> {
            Result<bool> received = forge_deliveries::receive(tx, delivery);
            if (!received) return received.fault();
            *is_new = *received;
            return {};
        },
        [shared, is_new](const Result<void>& done) {
            if (!done) return shared->refuse(done.error());
            if (*is_new && shared->context->bell != nullptr) shared->context->bell->ring();
            shared->reply(heard(*is_new ? "accepted" : "known"));
        });
}

}  // namespace

void handle_github_webhook(Exchange&& exchange) {
    if (exchange.context->webhook_secret.empty())
        return exchange.refuse({ErrorKind::not_found,
                                "this daemon takes no webhooks",
                                {},
                                "set GITHUB_WEBHOOK_SECRET"});
    if (!is_signed_by_github(exchange))
        return exchange.refuse(
            401, {ErrorKind::permission, "is not a signature of this body with our secret",
                  "X-Hub-Signature-256", "give the App the secret in GITHUB_WEBHOOK_SECRET"});
    const std::string event(exchange.request.header("X-GitHub-Event"));
    const std::string id(exchange.request.header("X-GitHub-Delivery"));
    if (!is_id(id))
        return exchange.refuse({ErrorKind::invalid, "must be 1 to 100 letters, digits or hyphens",
                                "X-GitHub-Delivery"});
    if (std::ranges::find(kEvents, event) == std::end(kEvents))
        return exchange.reply(heard("ignored"));
    Result<std::string> repository = repository_of(exchange.request.body);
    if (!repository) return exchange.refuse(400, repository.error());
    if (repository->empty()) return exchange.reply(heard("ignored"));
    const contracts::Timestamp now = exchange.context->clock.now();
    receive(std::move(exchange), {id, *std::move(repository), event, now});
}

}  // namespace control
