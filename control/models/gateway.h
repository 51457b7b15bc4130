// The model gateway: accepts a call of a model's API from a known caller, lets the meter decide,
// adds a key and sends it to the provider, and returns the answer as it arrives. The caller's
// credentials are dropped. A key that the provider turns away rests, and the next one is tried as
// long as nothing of an answer has been returned.
//
// Borrows the client, the meter and the clock; all of them outlive it and its calls. Thread: any.
#pragma once

#include "contracts/base/log.h"
#include "control/http/client.h"
#include "control/models/key_ring.h"
#include "control/models/meter.h"

namespace control {

// In the order in which they are used; an empty list: that provider is not offered.
struct ModelUpstreams {
    std::vector<ModelUpstream> anthropic{};  // Messages
    std::vector<ModelUpstream> openai{};     // Responses, Chat Completions
};

struct GatewayNeeds {
    HttpClient& client;
    const contracts::Clock& clock;
    ModelUpstreams upstreams;
    std::shared_ptr<Meter> meter{};  // null: nothing is counted or refused for its cost
    contracts::Log log;
};

struct GatewayRequest {
    ModelCaller caller;
    std::string method;
    std::string target;  // path and query
    std::vector<HttpHeader> headers;
    std::string body;
    std::optional<ModelProvider> provider{};  // set if the path determines it
};

// The course of a call: either `refused`, or `head`, any number of `piece`, and `end`. They are
// called one after another, on any thread, must not wait, and own what they need.
struct GatewayAnswer {
    // A refusal by the gateway itself: nothing was returned from the provider.
    std::function<void(HttpResponse)> refused;
    std::function<void(int status, std::vector<HttpHeader>)> head;
    std::function<void(std::string)> piece;
    std::function<void(bool is_whole)> end;  // not complete: it was interrupted, which the receiver
                                             // must be able to see
};

// A call in progress. Dropping it does not end it.
class GatewayCall {
public:
    virtual ~GatewayCall() = default;
    // The receiver is gone; after this, nothing is called except what is being called already.
    virtual void cancel() = 0;
    virtual void hold() = 0;     // no more pieces for now …
    virtual void release() = 0;  // … and continue
};

class ModelGateway {
public:
    explicit ModelGateway(GatewayNeeds needs);
    ~ModelGateway();
    // Whether any provider is offered.
    [[nodiscard]] bool is_offered() const;
    // How many of a provider's keys are resting.
    [[nodiscard]] std::size_t keys_resting(ModelProvider provider) const;
    std::shared_ptr<GatewayCall> start(GatewayRequest request, GatewayAnswer answer);

    struct Shared;

private:
    std::shared_ptr<Shared> shared_;
};

// Sent with an answer if there is a cap: the dollars left of the tightest one.
inline constexpr std::string_view kBudgetLeftHeader = "X-Budget-Left-Usd";

}  // namespace control
