// The model gateway: takes a call of a model's API from whoever is known to ask, lets the meter
// decide, adds a key and sends it to the provider, and hands the answer back as it comes. What the
// caller sends as credentials is dropped. A key that the provider turns away rests, and the next
// one is tried while nothing of an answer has been handed back.
//
// Borrows the client, the meter and the clock; all of them outlive it and its calls. Thread: any.
#pragma once

#include "contracts/base/log.h"
#include "control/http/client.h"
#include "control/models/key_ring.h"
#include "control/models/meter.h"

namespace control {

// In the order in which they are used; none: that provider is not offered.
struct ModelUpstreams {
    std::vector<ModelUpstream> anthropic{};  // Messages
    std::vector<ModelUpstream> openai{};     // Responses, Chat Completions
};

struct GatewayNeeds {
    HttpClient& client;
    const contracts::Clock& clock;
    ModelUpstreams upstreams;
    std::shared_ptr<Meter> meter{};  // null: nothing is counted, and nothing refused for its cost
    contracts::Log log;
};

struct GatewayRequest {
    ModelCaller caller;
    std::string method;
    std::string target;  // path and query
    std::vector<HttpHeader> headers;
    std::string body;
    std::optional<ModelProvider> provider{};  // where the way that it came says it
};

// What becomes of a call: either `refused`, or `head`, any number of `piece`, and `end`. They are
// called one after another, on any thread, must not wait, and keep what they need.
struct GatewayAnswer {
    // Of the gateway's own: nothing was handed back from the provider.
    std::function<void(HttpResponse)> refused;
    std::function<void(int status, std::vector<HttpHeader>)> head;
    std::function<void(std::string)> piece;
    std::function<void(bool is_whole)> end;  // not whole: it broke off, and has to look so
};

// A call under way. Dropping it does not end it.
class GatewayCall {
public:
    virtual ~GatewayCall() = default;
    // Nobody reads any more; nothing is called after it but what is being called already.
    virtual void cancel() = 0;
    virtual void hold() = 0;     // no more pieces for now …
    virtual void release() = 0;  // … and go on
};

class ModelGateway {
public:
    explicit ModelGateway(GatewayNeeds needs);
    ~ModelGateway();
    // Whether a provider is offered at all.
    [[nodiscard]] bool is_offered() const;
    // Of a provider's keys, how many rest.
    [[nodiscard]] std::size_t keys_resting(ModelProvider provider) const;
    std::shared_ptr<GatewayCall> start(GatewayRequest request, GatewayAnswer answer);

    struct Shared;

private:
    std::shared_ptr<Shared> shared_;
};

// Told with an answer where a cap holds: dollars that are left of the tightest.
inline constexpr std::string_view kBudgetLeftHeader = "X-Budget-Left-Usd";

}  // namespace control
