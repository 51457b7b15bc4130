#include "control/models/reservation.h"

#include <cmath>
#include <cstdio>

namespace control {

namespace {

std::string_view owner_of(SpendingScope scope) {
    switch (scope) {
        case SpendingScope::task:
            return "this task's";
        case SpendingScope::project:
            return "this project's";
        case SpendingScope::user:
            return "this user's";
        default:
            return "the installation's";
    }
}

std::string cap_in_words(const Budget& budget) {
    std::string words(owner_of(budget.scope));
    words.append(" cap of ").append(in_dollars(budget.cap));
    return budget.period == BudgetPeriod::day ? words.append(" a day") : words;
}

// Adds `amount` to what is reserved in the sums that include the call.
void add_reserved(std::map<SpendingKey, Spent>& sums, const BegunCall& call, Nanodollars amount) {
    for (const SpendingKey& key :
         model_calls::keys_of(call.caller, call.model, day_of(call.began_at)))
        sums[key].reserved += amount;
}

std::optional<Admission> refusal_of(const BegunCall& call, const std::vector<Budget>& caps,
                                    std::map<SpendingKey, Spent>& sums) {
    for (const Budget& budget : caps)
        if (auto refused =
                refused_by(budget, sums[budget.key(day_of(call.began_at))], call.reserved))
            return refused;
    return std::nullopt;
}

}  // namespace

std::string in_dollars(Nanodollars amount) {
    const double dollars = static_cast<double>(amount) / static_cast<double>(kNanodollarsInDollar);
    char text[64];
    const bool is_small = amount != 0 && std::fabs(dollars) < 0.1;
    const int length = std::snprintf(text, sizeof text, is_small ? "$%.6f" : "$%.2f", dollars);
    return {text, static_cast<std::size_t>(length)};
}

std::optional<Admission> refused_by(const Budget& budget, const Spent& spent, Nanodollars most) {
    if (spent.cost >= budget.cap)
        return Admission{.verdict = Verdict::budget_reached,
                         .reason = "budget reached: " + cap_in_words(budget) + " is used up (" +
                                   in_dollars(spent.cost) +
                                   " spent). It is raised with: orchestrator budget set"};
    if (spent.reserved > 0 && most > budget.cap - spent.cost - spent.reserved)
        return Admission{.verdict = Verdict::budget_held,
                         .reason = "calls under way hold what is left of " + cap_in_words(budget) +
                                   "; try again when they have ended"};
    return std::nullopt;
}

Result<std::map<std::string, Admission>> reserve(Queries& db, const std::vector<BegunCall>& begun,
                                                 const HeldCalls& held,
                                                 std::map<SpendingKey, Spent>& sums) {
    std::map<std::string, Admission> refused;
    if (held.empty()) return refused;
    std::map<SpendingKey, Spent> before = sums;
    for (const BegunCall& call : begun)
        if (held.contains(call.id)) add_reserved(before, call, -call.reserved);
    std::vector<std::string> taken_back;
    for (const BegunCall& call : begun) {
        const auto caps = held.find(call.id);
        if (caps == held.end()) continue;
        if (auto refusal = refusal_of(call, caps->second, before)) {
            refused.emplace(call.id, *std::move(refusal));
            taken_back.push_back(call.id);
        } else {
            add_reserved(before, call, call.reserved);
        }
    }
    auto lowered = model_calls::withdraw(db, taken_back);
    if (!lowered) return lowered.fault();
    for (const auto& [key, sum] : *lowered)
        sums[key] = sum;
    return refused;
}

}  // namespace control
