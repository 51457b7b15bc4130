#include "control/messenger/telegram/bot_api.h"

#include <algorithm>
#include <atomic>

namespace control::telegram {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using std::chrono::seconds;

namespace {

constexpr std::size_t kLongestDescription = 300;
// The pause if Telegram does not give one, and the longest one that we accept.
constexpr seconds kUsualPause{5};
constexpr seconds kLongestPause{3600};

void read_refusal(const Json& document, BotAnswer& answer) {
    const auto code = document.find("error_code");
    if (code != document.end() && code->is_number_integer() && *code >= 400 && *code < 600)
        answer.status = code->get<int>();
    answer.description = contracts::text_at(document, "description").substr(0, kLongestDescription);
    const auto parameters = document.find("parameters");
    if (parameters == document.end() || !parameters->is_object()) return;
    const auto pause = parameters->find("retry_after");
    if (pause != parameters->end() && pause->is_number_integer())
        answer.retry_after =
            seconds(std::clamp<std::int64_t>(pause->get<std::int64_t>(), 1, kLongestPause.count()));
}

}  // namespace

BotApi::BotApi(HttpClient& client, std::string url, std::string token)
    : client_(client), url_(std::move(url)), token_(std::move(token)) {
    id_ = token_.substr(0, token_.find(':'));
}

std::string BotApi::masked(std::string text) const {
    for (std::size_t at = text.find(token_); at != std::string::npos; at = text.find(token_, at))
        text.replace(at, token_.size(), id_ + ":***");
    return text;
}

Result<BotAnswer> BotApi::call(std::string_view method, const Json& parameters,
                               std::chrono::milliseconds timeout,
                               const std::stop_token& stop) const {
    ClientRequest request;
    request.method = "POST";
    request.url = url_ + "/bot" + token_ + "/" + std::string(method);
    request.headers = {{"Content-Type", "application/json"}};
    request.body = contracts::dump_json(parameters);
    request.timeout = timeout;
    const auto status = std::make_shared<std::atomic<int>>(0);
    request.on_headers = [status](int told, const std::vector<HttpHeader>&) {
        *status = told;
    };
    Result<HttpResponse> response = client_.perform(std::move(request), stop);
    BotAnswer answer{.status = response ? response->status : status->load()};
    if (!response && !answer.ok()) {
        contracts::Error error = std::move(response.error());
        error.kind = ErrorKind::transient;
        error.message = masked(std::move(error.message));
        return fail(std::move(error).context(method));
    }
    const Result<Json> document = response ? contracts::parse_json(response->body)
                                           : Result<Json>(fail(ErrorKind::transient, "cut off"));
    const bool readable = document && document->is_object();
    if (answer.ok() && readable && document->contains("result")) {
        answer.result = (*document)["result"];
    } else if (!answer.ok() && readable) {
        read_refusal(*document, answer);
        answer.description = masked(std::move(answer.description));
    }
    if (answer.status == 429 && answer.retry_after == seconds{0}) answer.retry_after = kUsualPause;
    return answer;
}

}  // namespace control::telegram
