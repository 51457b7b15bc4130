#include "control/chat/budget.h"

#include "contracts/base/text.h"
#include "control/store/digests.h"
#include "control/store/projects.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace control::chat {

using contracts::Project;

namespace {

constexpr double kMostOfACap = 1'000'000;
constexpr std::size_t kCapsShown = 20;
constexpr std::string_view kUsage =
    "Write /budget PROJECT AMOUNT to cap what a project may cost, in dollars: /budget shop 20";

std::string told_dollars(Nanodollars amount) {
    char text[48];
    const int length =
        std::snprintf(text, sizeof text, "$%.2f",
                      static_cast<double>(amount) / static_cast<double>(kNanodollarsInDollar));
    return {text, static_cast<std::size_t>(length)};
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (text = contracts::trimmed(text); !text.empty(); text = contracts::trimmed(text)) {
        const std::string_view word = text.substr(0, text.find_first_of(contracts::kBlanks));
        words.emplace_back(word);
        text.remove_prefix(word.size());
    }
    return words;
}

Result<std::vector<Project>> projects_of(Queries& db, const contracts::User& user) {
    auto page = projects::list(db, {.limit = kMaxPage, .owner = {.user_id = user.id}});
    if (!page) return page.fault();
    std::vector<Project> owned;
    for (auto& item : page->items)
        owned.push_back(std::move(item.entity));
    return owned;
}

Result<std::string> list_budgets(Queries& db, const contracts::User& user,
                                 contracts::Timestamp now) {
    auto spent = model_spending::find(db, {SpendingScope::user, user.id, {}});
    if (!spent) return spent.fault();
    auto caps = budgets::list(db, {.user_id = user.id}, kCapsShown);
    if (!caps) return caps.fault();
    auto owned = projects_of(db, user);
    if (!owned) return owned.fault();
    std::string text = "Models have cost " + told_dollars(spent->cost) + " so far.";
    for (const Budget& cap : *caps) {
        auto against = model_spending::find(db, cap.key(day_of(now)));
        if (!against) return against.fault();
        std::string whose = std::string(contracts::to_text(cap.scope)) + " " + cap.subject;
        for (const Project& project : *owned)
            if (project.id == cap.subject) whose = project.name;
        if (cap.scope == SpendingScope::user) whose = "you";
        text.append("\n").append(whose).append(": ").append(told_dollars(against->cost));
        text.append(" of ").append(told_dollars(cap.cap));
        text.append(cap.period == BudgetPeriod::day ? " today" : "");
    }
    if (caps->empty()) text.append("\nNo cap is set.");
    return text.append("\n").append(kUsage);
}

// In dollars; empty if it is not an amount.
std::optional<double> amount_of(std::string text) {
    if (text.starts_with('$')) text.erase(0, 1);
    if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos) return {};
    char* end = nullptr;
    const double amount = std::strtod(text.c_str(), &end);
    return *end == '\0' && amount <= kMostOfACap ? std::optional(amount) : std::nullopt;
}

Result<std::string> set_budget(Queries& db, const contracts::User& user, const Project& project,
                               double amount, bool is_confirmed, contracts::Timestamp now) {
    Budget budget{.scope = SpendingScope::project,
                  .subject = project.id,
                  .cap = std::llround(amount * static_cast<double>(kNanodollarsInDollar)),
                  .set_by = "user " + user.id,
                  .by_admin = user.is_admin,
                  .set_at = now};
    auto before = budgets::find(db, budget.scope, budget.subject, budget.period);
    if (!before) return before.fault();
    if (*before && (*before)->by_admin && !user.is_admin)
        return std::string("An administrator has set this cap. Ask one to change it.");
    auto spent = model_spending::find(db, budget.key({}));
    if (!spent) return spent.fault();
    const std::string cap = told_dollars(budget.cap);
    if (!is_confirmed)
        return project.name + " has cost " + told_dollars(spent->cost) + " so far" +
               (*before ? ", and may cost " + told_dollars((*before)->cap) : std::string()) +
               ". To set its total cap to " + cap + ", write: /budget " + project.name + " " + cap +
               " yes";
    if (Result<void> done = budgets::set(db, budget); !done) return done.fault();
    return project.name + " may cost " + cap +
           " in total. Tasks that this cap had stopped continue.";
}

}  // namespace

Result<std::string> answer_budget(Queries& db, const contracts::User& user,
                                  std::string_view argument, contracts::Timestamp now) {
    const std::vector<std::string> words = words_of(argument);
    if (words.empty()) return list_budgets(db, user, now);
    const bool is_confirmed = words.size() == 3 && words[2] == "yes";
    const std::optional<double> amount =
        words.size() == 2 || is_confirmed ? amount_of(words[1]) : std::nullopt;
    if (!amount) return std::string(kUsage);
    auto owned = projects_of(db, user);
    if (!owned) return owned.fault();
    const auto project = std::ranges::find_if(
        *owned, [&](const Project& one) { return one.name == words[0] || one.id == words[0]; });
    if (project == owned->end())
        return "You have no project " + words[0] + ". /projects lists them.";
    return set_budget(db, user, *project, *amount, is_confirmed, now);
}

Result<std::string> answer_digest(Queries& db, const contracts::User& user,
                                  std::string_view argument, contracts::Timestamp now) {
    const auto frequency = contracts::parse_choice<DigestFrequency>(contracts::trimmed(argument));
    if (!frequency) {
        Result<DigestFrequency> now_is = digests::find(db, user.id);
        if (!now_is) return now_is.fault();
        return "Your digest is " + std::string(contracts::to_text(*now_is)) +
               ". Write /digest daily, /digest weekly or /digest off.";
    }
    if (Result<void> done = digests::set(db, user.id, *frequency, now); !done) return done.fault();
    if (*frequency == DigestFrequency::off) return std::string("You no longer get a digest.");
    return "You get a digest " + std::string(contracts::to_text(*frequency)) +
           ": what was built and deployed, what waits for you, and what it cost.";
}

}  // namespace control::chat
