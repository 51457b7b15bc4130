// The one output of a request, published exactly once however often it is tried and by whomever: the worker that did
// the work, its next life, or the manager that found it dead.
//
// The key names::answered(request_id) is watched and then set in the transaction that publishes. The entry's pending
// ownership is checked in the same watch: a result that comes after somebody else claimed the entry is fenced off.
#pragma once

#include "contracts/streams/consumer.h"

namespace contracts {

struct Answer {
    std::string request_id;
    std::string output_stream;
    std::string output;  // the output message as JSON text
    // What goes with it in the same transaction: lifecycle events, status hashes …
    std::vector<std::vector<std::string>> also;
};

// The pending entry an answer acknowledges.
struct Claim {
    std::string stream;
    std::string group;
    std::string consumer;
    std::string entry_id;
};

enum class AnswerOutcome {
    published,  // output, `also` and the acknowledgement are durable
    already,    // the request had its output: nothing was published, the entry was acknowledged
    fenced,     // the entry belongs to another consumer (or to nobody): nothing was published or acknowledged
};

// With a claim the entry is acknowledged in the same transaction; without one (the manager's crash result) only
// `already` or `published` can come back. Gives up as `transient` after kAnswerTries watched keys changed in between.
inline constexpr int kAnswerTries = 8;
[[nodiscard]] Result<AnswerOutcome> answer_once(Connection& connection, const Answer& answer,
                                                const Claim* claim);

}  // namespace contracts
