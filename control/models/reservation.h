// Whether a call fits under its caps, and the reservation of several calls in the store.
//
// Failure: the store's; then the transaction must be rolled back. Thread: any.
#pragma once

#include "control/store/budgets.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace control {

enum class Verdict {
    admitted,
    budget_reached,   // the cap has to be raised
    budget_held,      // calls in progress have reserved the rest: try again in a moment
    model_forbidden,  // the project may not use this model
    unavailable       // the store does not answer
};

struct Admission {
    Verdict verdict = Verdict::unavailable;
    std::string id{};                   // the call's id, if it was admitted
    std::string reason{};               // the reason, if it was not
    std::optional<Nanodollars> left{};  // of the tightest cap, after subtracting this call's
                                        // highest cost
};

// Why a call that may cost `most` is refused, given what was spent without it.
[[nodiscard]] std::optional<Admission> refused_by(const Budget& budget, const Spent& spent,
                                                  Nanodollars most);

// The caps on calls, by the calls' ids.
using HeldCalls = std::map<std::string, std::vector<Budget>>;
// Of the calls that were just written, refuses those of `held` that a cap has no room for, and
// takes them back. `sums` are the sums that this transaction wrote, so they contain what every
// daemon has reserved; they become the final ones. Calls are admitted in the order in which they
// began. Returns the refusals, by id.
[[nodiscard]] Result<std::map<std::string, Admission>> reserve(Queries& db,
                                                               const std::vector<BegunCall>& begun,
                                                               const HeldCalls& held,
                                                               std::map<SpendingKey, Spent>& sums);

// "$1.25", with enough digits to show that it is not zero.
[[nodiscard]] std::string in_dollars(Nanodollars amount);

}  // namespace control
