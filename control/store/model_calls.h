// Model calls: a row is written when a call begins, with its highest possible cost, and updated
// with the actual cost when it has ended. Each counts once in the sums (model_spending.h), however
// often it is written. Functions over Queries.
#pragma once

#include "control/store/model_spending.h"

namespace control {

struct ModelCaller {
    std::string worker_id{};
    std::string task_id{};     // empty: none
    std::string project_id{};  // empty: none
    std::string user_id{};     // empty: none
};

struct BegunCall {
    std::string id;
    std::string daemon{};  // the daemon whose death ends the call
    std::string life{};    // identifies one run of the daemon
    ModelCaller caller{};
    std::string api{};  // "messages"
    std::string model{};
    contracts::Timestamp began_at{};  // the call counts for this day, whenever it ends
    Nanodollars reserved = 0;
};

struct EndedCall {
    std::string id;
    contracts::Timestamp ended_at{};
    std::int64_t status = 0;  // the provider's; 0: it did not answer
    TokenCounts tokens{};
    Nanodollars cost = 0;
    std::string remarks{};  // "estimated, unknown_model"; empty: as the provider reported
    bool is_estimated = false;
};

namespace model_calls {

// The sums that include this call.
[[nodiscard]] std::vector<SpendingKey> keys_of(const ModelCaller& caller, const std::string& model,
                                               const std::string& day);
// Writes the beginnings, then the ends. Returns the new values of the sums that changed.
[[nodiscard]] Result<std::map<SpendingKey, Spent>> record(Queries& db,
                                                          const std::vector<BegunCall>& begun,
                                                          const std::vector<EndedCall>& ended);
// Takes back calls that were begun and will not be sent: their rows and reservations go. Returns
// the new values of the sums that changed.
[[nodiscard]] Result<std::map<SpendingKey, Spent>> withdraw(Queries& db,
                                                            const std::vector<std::string>& ids);

// Whose calls are lost: those of earlier runs of `daemon`, and other daemons' calls that began
// before `cutoff` or whose daemon has not announced itself since `silent_since` (daemons.h).
struct LostCalls {
    std::string daemon;
    std::string life;
    contracts::Timestamp cutoff{};
    contracts::Timestamp silent_since{};
    int limit = 500;
};
[[nodiscard]] Result<bool> has_lost(Queries& db, const LostCalls& which);
// Ends them. Their cost is unknown and is taken to be what was reserved. Returns how many.
[[nodiscard]] Result<std::int64_t> end_lost(Queries& db, const LostCalls& which,
                                            contracts::Timestamp now);
// Erases calls that have ended and began before `cutoff`, at most `limit`. The sums stay.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp cutoff, int limit);

}  // namespace model_calls
}  // namespace control
