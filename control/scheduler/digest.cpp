#include "control/scheduler/digest.h"

#include "contracts/base/id.h"
#include "contracts/fields/write.h"
#include "contracts/messages/notice.h"
#include "contracts/streams/names.h"
#include "control/store/outbox.h"
#include "control/store/reminders.h"

#include <algorithm>
#include <cstdio>

namespace control {

namespace {

constexpr int kToldAtOnce = 100;
constexpr std::size_t kCapsTold = 10;
constexpr std::size_t kReasonTold = 200;

// `key` identifies the event: reported once.
Result<void> tell_user(Queries& db, const std::string& key, const std::string& user_id,
                       contracts::NoticeKind kind, std::string text, contracts::Timestamp now) {
    contracts::Notice notice;
    notice.correlation_id = contracts::make_uuid4();
    notice.timestamp = now;
    notice.request_id = contracts::make_uuid4();
    notice.user_id = user_id;
    notice.kind = kind;
    notice.text = std::move(text);
    return outbox::post(db, "notice:" + key, contracts::names::kChatNotices,
                        contracts::write_message(notice));
}

std::string money_of(Nanodollars amount) {
    char text[48];
    const int length =
        std::snprintf(text, sizeof text, "$%.2f",
                      static_cast<double>(amount) / static_cast<double>(kNanodollarsInDollar));
    return {text, static_cast<std::size_t>(length)};
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

void add_projects(std::string& text, const Standing& standing) {
    for (const auto& project : standing.projects) {
        text.append("\n").append(project.name).append(": ");
        std::string what;
        for (const auto& [count, word] :
             {std::pair{project.built, "built"}, std::pair{project.deployed, "deployed"},
              std::pair{project.failed, "failed"}})
            if (count > 0)
                what.append(what.empty() ? "" : ", ")
                    .append(counted(count, "task", "tasks"))
                    .append(" ")
                    .append(word);
        text.append(what.empty() ? "work goes on" : what);
    }
    if (standing.projects.empty()) text.append("\nNo task has ended.");
    for (const auto& question : standing.questions)
        text.append("\nWaits for your answer, ")
            .append(question.project)
            .append(": ")
            .append(question.reason.substr(0, kReasonTold));
}

void add_deployments(std::string& text, const Standing& standing) {
    for (const auto& deployment : standing.deployments) {
        text.append("\n").append(deployment.project).append(" is ").append(deployment.status);
        if (!deployment.url.empty()) text.append(" at ").append(deployment.url);
        if (deployment.since)
            text.append(" since ").append(contracts::format_timestamp(
                std::chrono::floor<std::chrono::seconds>(*deployment.since)));
    }
    if (standing.incidents > 0)
        text.append("\nIncidents of its servers: ")
            .append(std::to_string(standing.incidents))
            .append(", ")
            .append(std::to_string(standing.open_incidents))
            .append(" still open");
}

void add_money(std::string& text, const Money& money) {
    text.append("\nModels cost ")
        .append(money_of(money.spent.spent.cost))
        .append(" in ")
        .append(counted(money.spent.calls, "call", "calls"));
    for (std::size_t i = 0; i < money.caps.size() && i < kCapsTold; ++i) {
        const Budget& cap = money.caps[i];
        const Nanodollars left = std::max<Nanodollars>(cap.cap - money.against[i].cost, 0);
        text.append("\nBudget of ").append(contracts::to_text(cap.scope));
        if (cap.scope != SpendingScope::user) text.append(" ").append(cap.subject);
        text.append(": ").append(money_of(left)).append(" of ").append(money_of(cap.cap));
        text.append(cap.period == BudgetPeriod::day ? " are left today" : " are left");
    }
}

Result<Money> money_since(Queries& db, const DigestRow& row, contracts::Timestamp now) {
    Money money;
    auto spent = model_spending::list(
        db, {.scope = SpendingScope::user, .subject = row.user_id, .first_day = day_of(row.since)});
    if (!spent) return spent.fault();
    if (!spent->empty()) money.spent = spent->front();
    auto caps = budgets::list(db, {.user_id = row.user_id}, kCapsTold);
    if (!caps) return caps.fault();
    money.caps = *std::move(caps);
    for (const Budget& cap : money.caps) {
        Result<Spent> against = model_spending::find(db, cap.key(day_of(now)));
        if (!against) return against.fault();
        money.against.push_back(*against);
    }
    return money;
}

Result<void> tell_digest(Queries& db, const DigestRow& row, contracts::Timestamp now) {
    Result<Standing> standing = digests::standing(db, row.user_id, row.since);
    if (!standing) return standing.fault();
    Result<Money> money = money_since(db, row, now);
    if (!money) return money.fault();
    Result<void> done =
        tell_user(db, "digest:" + row.user_id + ":" + contracts::format_timestamp(now), row.user_id,
                  contracts::NoticeKind::digest, digest_text(row, *standing, *money), now);
    return done ? digests::told(db, row, now) : done;
}

Result<void> tell_reminder(Queries& db, const Reminder& reminder, contracts::Timestamp now) {
    Result<void> done = tell_user(db, "reminder:" + reminder.id, reminder.user_id,
                                  contracts::NoticeKind::reminder, reminder.text, now);
    return done ? reminders::erase(db, reminder.id) : done;
}

// One pass over what is due, as the leader.
template <class Due, class Tell>
PeriodicTask telling_task(std::string name, std::chrono::milliseconds interval, Database& db,
                          const contracts::Clock& clock, Due due, Tell tell) {
    return {.name = std::move(name),
            .interval = interval,
            .run_once = [&db, &clock, due, tell](
                            const Lease& lease, const std::stop_token&) -> Result<PeriodicOutcome> {
                std::size_t told = 0;
                const Result<void> done = db.transaction([&](Transaction& tx) -> Result<void> {
                    if (Result<void> leads = leases::check(tx, lease); !leads) return leads;
                    const contracts::Timestamp now = clock.now();
                    const auto rows = due(tx, now, kToldAtOnce);
                    if (!rows) return rows.fault();
                    for (const auto& row : *rows)
                        if (Result<void> went = tell(tx, row, now); !went) return went;
                    told = rows->size();
                    return {};
                });
                if (!done) return done.fault();
                return PeriodicOutcome{.text = std::to_string(told) + " were told",
                                       .is_more_due = told == kToldAtOnce};
            }};
}

}  // namespace

std::string digest_text(const DigestRow& row, const Standing& standing, const Money& money) {
    std::string text = "How things stand, and what happened since ";
    text.append(contracts::format_timestamp(std::chrono::floor<std::chrono::seconds>(row.since)))
        .append(":");
    add_projects(text, standing);
    add_deployments(text, standing);
    add_money(text, money);
    return text;
}

PeriodicTask reminders_task(Database& db, const contracts::Clock& clock,
                            std::chrono::seconds interval) {
    return telling_task("reminders", interval, db, clock, &reminders::due, &tell_reminder);
}

PeriodicTask digest_task(Database& db, const contracts::Clock& clock,
                         std::chrono::seconds interval) {
    return telling_task("digest", interval, db, clock, &digests::due, &tell_digest);
}

}  // namespace control
