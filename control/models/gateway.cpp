#include "control/models/gateway.h"

#include "contracts/base/text.h"
#include "control/http/decompression.h"
#include "control/models/refusal.h"

#include <algorithm>
#include <atomic>

namespace control {

using contracts::Error;
using contracts::ErrorKind;

namespace {

constexpr std::chrono::minutes kSilence{10};
// For a key that is turned away without a time, if there is another key.
constexpr std::chrono::seconds kUnsaidRest{5};
// For a key that the provider does not know.
constexpr std::chrono::seconds kRefusedRest{60};

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    const std::string lower = contracts::lower_case(name);
    return std::find(names.begin(), names.end(), lower) != names.end();
}

// Headers of a single connection, possible credentials of the caller, and the account that a key is
// used for.
bool stays_behind(std::string_view name) {
    return is_one_of(
        name, {"host", "connection", "content-length", "transfer-encoding", "x-api-key",
               "authorization", "proxy-authorization", "proxy-connection", "keep-alive", "te",
               "upgrade", "expect", "accept-encoding", "openai-organization", "openai-project"});
}

std::string_view value_in(const std::vector<HttpHeader>& headers, std::string_view name) {
    for (const HttpHeader& header : headers)
        if (contracts::lower_case(header.name) == name) return header.value;
    return {};
}

// The header with the key.
HttpHeader credential(ModelProvider provider, const std::string& key) {
    if (provider == ModelProvider::openai) return {"Authorization", "Bearer " + key};
    return {"x-api-key", key};
}

RefusalKind kind_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::budget_reached:
            return RefusalKind::budget_reached;
        case Verdict::budget_held:
            return RefusalKind::rate_limited;
        case Verdict::model_forbidden:
            return RefusalKind::not_allowed;
        default:
            return RefusalKind::unavailable;
    }
}

}  // namespace

struct ModelGateway::Shared {
    explicit Shared(GatewayNeeds whole)
        : needs(std::move(whole)),
          rings{KeyRing(needs.upstreams.anthropic, needs.clock),
                KeyRing(needs.upstreams.openai, needs.clock)} {}

    GatewayNeeds needs;
    KeyRing rings[kModelProviders];

    KeyRing& ring(ModelProvider provider) { return rings[static_cast<std::size_t>(provider)]; }
};

namespace {

using Shared = ModelGateway::Shared;

class Forwarding final : public GatewayCall, public std::enable_shared_from_this<Forwarding> {
public:
    Forwarding(std::shared_ptr<Shared> shared, GatewayRequest request, GatewayAnswer answer)
        : shared_(std::move(shared)), request_(std::move(request)), answer_(std::move(answer)) {}

    void start();
    void cancel() override;
    void hold() override {
        if (const auto exchange = under_way()) exchange->hold_data();
    }
    void release() override {
        if (const auto exchange = under_way()) exchange->release_data();
    }

private:
    std::shared_ptr<HttpExchange> under_way() {
        const std::scoped_lock lock(guard_);
        return exchange_;
    }
    bool choose_provider();
    void meter();
    void take(Admission admission);
    void send();
    void forget(std::uint32_t attempt);
    ClientRequest to_provider(const ModelUpstream& upstream);
    void take_head(int status, const std::vector<HttpHeader>& headers);
    bool turns_away(int status, const std::vector<HttpHeader>& headers);
    bool take_bytes(std::string_view bytes);
    void take_end(const contracts::Result<HttpResponse>& outcome);
    void settle(CallEnd end);
    void refuse(HttpResponse response) {
        if (!is_cancelled_) answer_.refused(std::move(response));
    }
    void refuse(RefusalKind kind, std::string_view why, std::chrono::seconds retry_after = {}) {
        refuse(refusal(route_.provider, kind, why, retry_after));
    }
    [[nodiscard]] bool may_try_another() const {
        return shared_->ring(route_.provider).pick(tried_).has_value();
    }

    std::shared_ptr<Shared> shared_;
    GatewayRequest request_;
    GatewayAnswer answer_;
    ModelRoute route_{};
    std::string id_;  // the meter's id; empty: not counted
    std::optional<Nanodollars> left_;
    std::uint32_t tried_ = 0;
    std::size_t key_ = 0;
    bool is_turned_away_ = false;  // this answer is dropped, and another key is tried
    bool has_head_ = false;
    int status_ = 0;
    std::int64_t bytes_ = 0;
    UsageReader reader_{ModelApi::none};
    std::unique_ptr<Decompressor> decompressor_;
    std::atomic<bool> is_cancelled_ = false;
    std::mutex guard_;
    std::shared_ptr<HttpExchange> exchange_;
    std::uint32_t ended_attempts_ = 0;
    std::atomic<std::uint32_t> attempt_ = 0;
};

// Both providers have models, but only Anthropic's clients send a version.
bool Forwarding::choose_provider() {
    route_ = route_of(request_.method, request_.target);
    if (request_.provider && route_.either) {
        route_.either = false;
        route_.provider = *request_.provider;
    }
    if (!route_.passes || request_.provider.value_or(route_.provider) != route_.provider) {
        refuse(problem(Error{ErrorKind::permission, "only model calls go through this door"}));
        return false;
    }
    if (route_.either && !shared_->ring(ModelProvider::openai).is_empty() &&
        (shared_->ring(ModelProvider::anthropic).is_empty() ||
         value_in(request_.headers, "anthropic-version").empty()))
        route_.provider = ModelProvider::openai;
    if (!shared_->ring(route_.provider).is_empty()) return true;
    const bool openai = route_.provider == ModelProvider::openai;
    refuse(problem(
        Error{ErrorKind::permission,
              "the daemon has no key for this model's API",
              {},
              std::string("start it with ") + (openai ? "OPENAI_API_KEY" : "ANTHROPIC_API_KEY")}));
    return false;
}

void Forwarding::start() {
    if (!choose_provider()) return;
    if (route_.api == ModelApi::none || shared_->needs.meter == nullptr) return send();
    meter();
}

void Forwarding::meter() {
    contracts::Result<RequestFacts> facts = read_request_facts(request_.body);
    if (!facts) return refuse(RefusalKind::invalid_request, facts.error().describe());
    if (route_.api == ModelApi::chat && facts->streams && !facts->tells_usage)
        request_.body = asking_for_usage(request_.body);
    reader_ = UsageReader(route_.api);
    shared_->needs.meter->admit(
        {request_.caller, route_.provider, route_.api, *std::move(facts)},
        [self = shared_from_this()](Admission admission) { self->take(std::move(admission)); });
}

void Forwarding::take(Admission admission) {
    if (admission.verdict != Verdict::admitted) {
        const bool soon =
            admission.verdict == Verdict::budget_held || admission.verdict == Verdict::unavailable;
        return refuse(kind_of(admission.verdict), admission.reason,
                      std::chrono::seconds(soon ? 1 : 0));
    }
    id_ = std::move(admission.id);
    left_ = admission.left;
    if (is_cancelled_) return settle(CallEnd::unsent);
    send();
}

ClientRequest Forwarding::to_provider(const ModelUpstream& upstream) {
    ClientRequest request;
    request.method = request_.method;
    request.url = upstream.url + request_.target;
    for (const HttpHeader& header : request_.headers)
        if (!stays_behind(header.name)) request.headers.push_back(header);
    request.headers.push_back(credential(route_.provider, upstream.key));
    if (may_try_another())
        request.body = request_.body;
    else
        request.body = std::move(request_.body);
    request.timeout = std::chrono::milliseconds(0);
    request.idle_timeout = kSilence;
    request.on_headers = [self = shared_from_this()](int status,
                                                     const std::vector<HttpHeader>& headers) {
        self->take_head(status, headers);
    };
    request.on_data = [self = shared_from_this()](std::string_view bytes) {
        return self->take_bytes(bytes);
    };
    return request;
}

void Forwarding::send() {
    KeyRing& ring = shared_->ring(route_.provider);
    const std::optional<std::size_t> key = ring.pick(tried_);
    if (!key) {
        settle(CallEnd::unsent);
        return refuse(RefusalKind::rate_limited,
                      "the provider asked for a pause; the gateway keeps to it", ring.rests());
    }
    key_ = *key;
    tried_ |= 1U << key_;
    is_turned_away_ = false;
    status_ = 0;
    const std::uint32_t attempt = ++attempt_;
    const std::shared_ptr<HttpExchange> exchange = shared_->needs.client.start(
        to_provider(ring.at(key_)),
        [self = shared_from_this(), attempt](contracts::Result<HttpResponse> outcome) {
            self->forget(attempt);
            self->take_end(outcome);
        });
    {
        const std::scoped_lock lock(guard_);
        // It may have ended already, in which case nobody would remove it again.
        if (ended_attempts_ < attempt) exchange_ = exchange;
    }
    if (is_cancelled_) exchange->cancel();
}

void Forwarding::forget(std::uint32_t attempt) {
    const std::scoped_lock lock(guard_);
    ended_attempts_ = attempt;
    exchange_.reset();
}

// Whether to try another key instead of returning this answer.
bool Forwarding::turns_away(int status, const std::vector<HttpHeader>& headers) {
    KeyRing& ring = shared_->ring(route_.provider);
    const bool is_key_refused = status == 401 || status == 403;
    const bool asks_for_less = status == 429 || status == 503 || status == 529;
    if (asks_for_less) {
        const auto told =
            read_retry_after(value_in(headers, "retry-after"), shared_->needs.clock.now());
        if (told)
            ring.rest(key_, *told);
        else if (may_try_another())
            ring.rest(key_, kUnsaidRest);
    } else if (is_key_refused && may_try_another()) {
        ring.rest(key_, kRefusedRest);
    }
    return (is_key_refused || asks_for_less || status >= 500) && may_try_another();
}

void Forwarding::take_head(int status, const std::vector<HttpHeader>& headers) {
    status_ = status;
    // We do not offer another protocol to switch to.
    is_turned_away_ = status < 200 || turns_away(status, headers);
    if (is_turned_away_ || is_cancelled_) return;
    has_head_ = true;
    if (!id_.empty()) {
        decompressor_ = std::make_unique<Decompressor>(value_in(headers, "content-encoding"));
        reader_.begin(value_in(headers, "content-type").starts_with("text/event-stream"));
    }
    std::vector<HttpHeader> handed = headers;
    if (left_) {
        char text[48];
        const int length =
            std::snprintf(text, sizeof text, "%.6f",
                          static_cast<double>(*left_) / static_cast<double>(kNanodollarsInDollar));
        handed.push_back(
            {std::string(kBudgetLeftHeader), std::string(text, static_cast<std::size_t>(length))});
    }
    answer_.head(status, std::move(handed));
}

bool Forwarding::take_bytes(std::string_view bytes) {
    if (is_turned_away_ || is_cancelled_) return false;
    if (decompressor_) {
        if (!decompressor_->is_readable()) bytes_ += static_cast<std::int64_t>(bytes.size());
        decompressor_->add(bytes, [this](std::string_view plain) {
            bytes_ += static_cast<std::int64_t>(plain.size());
            reader_.take(plain);
        });
    }
    answer_.piece(std::string(bytes));
    return true;
}

void Forwarding::take_end(const contracts::Result<HttpResponse>& outcome) {
    if (is_cancelled_) return settle(CallEnd::abandoned);
    const bool is_unheard = !has_head_ && (is_turned_away_ || !outcome);
    if (is_unheard && status_ >= 100 && status_ < 200) {
        settle(CallEnd::broken);
        return refuse(problem(502, {ErrorKind::upstream,
                                    "the provider changed the protocol, which nobody asked for"}));
    }
    if (is_unheard && may_try_another()) return send();
    settle(outcome ? CallEnd::finished : CallEnd::broken);
    if (!outcome)
        shared_->needs.log.warning("a model call failed", {{"worker_id", request_.caller.worker_id},
                                                           {"error", outcome.error().describe()}});
    if (has_head_) return answer_.end(outcome.has_value());
    if (outcome) return refuse(RefusalKind::unavailable, "the provider turned the call away");
    refuse(problem(502, outcome.error()));
}

void Forwarding::settle(CallEnd end) {
    if (id_.empty()) return;
    shared_->needs.meter->end(
        std::exchange(id_, {}),
        {.end = end, .status = status_, .usage = reader_.report(), .bytes = bytes_});
}

void Forwarding::cancel() {
    is_cancelled_ = true;
    if (const auto exchange = under_way()) exchange->cancel();
}

}  // namespace

ModelGateway::ModelGateway(GatewayNeeds needs)
    : shared_(std::make_shared<Shared>(std::move(needs))) {}

// Calls that are still under way keep the meter; from here on its thread holds none of them.
ModelGateway::~ModelGateway() {
    if (shared_->needs.meter) shared_->needs.meter->stop();
}

bool ModelGateway::is_offered() const {
    return !shared_->rings[0].is_empty() || !shared_->rings[1].is_empty();
}

std::size_t ModelGateway::keys_resting(ModelProvider provider) const {
    return shared_->ring(provider).resting();
}

std::shared_ptr<GatewayCall> ModelGateway::start(GatewayRequest request, GatewayAnswer answer) {
    auto call = std::make_shared<Forwarding>(shared_, std::move(request), std::move(answer));
    call->start();
    return call;
}

}  // namespace control
