#include "control/api/spending.h"

#include "control/api/handlers.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"
#include "control/store/users.h"

#include <algorithm>
#include <cmath>

namespace control {

namespace {

constexpr double kMostDollars = 1'000'000;
constexpr std::size_t kMostModels = 100;
constexpr std::chrono::days kUsualDays{30};
constexpr contracts::Bounds kDollars{0, static_cast<std::int64_t>(kMostDollars)};

double dollars(Nanodollars amount) {
    return static_cast<double>(amount) / static_cast<double>(kNanodollarsInDollar);
}

Nanodollars nanodollars(double amount) {
    return std::llround(amount * static_cast<double>(kNanodollarsInDollar));
}

std::optional<std::string> some(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

UsageEntry usage_entry(const SpendingRow& row) {
    return {.scope = std::string(contracts::to_text(row.key.scope)),
            .subject = some(row.key.subject),
            .day = some(row.key.day),
            .user_id = some(row.user_id),
            .project_id = some(row.project_id),
            .calls = row.calls,
            .input_tokens = row.tokens.input,
            .cache_read_tokens = row.tokens.cache_read,
            .cache_write_tokens = row.tokens.cache_write,
            .output_tokens = row.tokens.output,
            .cost_usd = dollars(row.spent.cost),
            .estimated_calls = row.estimated};
}

bool is_day(std::string_view text) {
    if (text.size() != 10) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
    return true;
}

// The filters of a question about usage.
struct UsageFilters {
    UsageBy by = UsageBy::project;
    std::string task_id, project_id, user_id, since, until;
};

Result<UsageFilters> usage_filters(const PageRequest& page) {
    UsageFilters filters;
    for (const Filter& filter : page.filters) {
        if (filter.column == "by")
            filters.by = contracts::parse_choice<UsageBy>(filter.value).value_or(filters.by);
        else if (filter.column == "task_id")
            filters.task_id = filter.value;
        else if (filter.column == "project_id")
            filters.project_id = filter.value;
        else if (filter.column == "user_id")
            filters.user_id = filter.value;
        else
            (filter.column == "since" ? filters.since : filters.until) = filter.value;
    }
    for (const auto& [name, day] :
         {std::pair{"since", &filters.since}, std::pair{"until", &filters.until}})
        if (!day->empty() && !is_day(*day))
            return fail(ErrorKind::invalid, "must be a day such as 2026-01-31", name);
    return filters;
}

// For usage by day, the scope is what the filters name, or else everything that the caller may see.
SpendingScope scope_of(const UsageFilters& filters, const Owner& owner) {
    switch (filters.by) {
        case UsageBy::task:
            return SpendingScope::task;
        case UsageBy::project:
            return SpendingScope::project;
        case UsageBy::user:
            return SpendingScope::user;
        case UsageBy::worker:
            return SpendingScope::worker;
        case UsageBy::model:
            return SpendingScope::model;
        case UsageBy::day:
            break;
    }
    if (!filters.task_id.empty()) return SpendingScope::task;
    if (!filters.project_id.empty() || owner.project_id) return SpendingScope::project;
    return !filters.user_id.empty() || owner.user_id ? SpendingScope::user : SpendingScope::all;
}

Result<model_spending::Question> question_of(const Exchange& exchange, const PageRequest& page) {
    Result<UsageFilters> filters = usage_filters(page);
    if (!filters) return filters.fault();
    const Owner& owner = page.owner;
    if (filters->by == UsageBy::model && (owner.user_id || owner.project_id))
        return fail(ErrorKind::permission,
                    "only administrators may see the cost of all users together", "by",
                    "group by task, project or day");
    model_spending::Question question{.scope = scope_of(*filters, owner),
                                      .by_day = filters->by == UsageBy::day,
                                      .first_day = filters->since,
                                      .last_day = filters->until,
                                      .user_id = owner.user_id,
                                      .project_id = owner.project_id,
                                      .limit = page.limit};
    if (!question.user_id && !filters->user_id.empty()) question.user_id = filters->user_id;
    if (question.user_id && !filters->user_id.empty() && *question.user_id != filters->user_id)
        return fail(ErrorKind::permission, "only administrators may see what others spend",
                    "user_id", "leave it out");
    if (question.scope == SpendingScope::task) question.subject = filters->task_id;
    if (question.scope == SpendingScope::project)
        question.subject = filters->project_id;
    else if (!question.project_id && !filters->project_id.empty())
        question.project_id = filters->project_id;
    if (question.by_day && question.first_day.empty() && question.last_day.empty())
        question.first_day = day_of(exchange.context->clock.now() - kUsualDays);
    return question;
}

SpendingScope spending_scope(BudgetScope scope) {
    return contracts::parse_choice<SpendingScope>(contracts::to_text(scope)).value();
}

Result<BudgetEntry> budget_entry(Queries& db, const Budget& budget, bool is_there,
                                 contracts::Timestamp now) {
    Result<Spent> spent = model_spending::find(db, budget.key(day_of(now)));
    if (!spent) return spent.fault();
    BudgetEntry entry{
        .scope = contracts::parse_choice<BudgetScope>(contracts::to_text(budget.scope)).value(),
        .subject = some(budget.subject),
        .period = budget.period,
        .cap_usd = {},
        .spent_usd = dollars(spent->cost),
        .reserved_usd = dollars(spent->reserved),
        .left_usd = {},
        .set_by = {},
        .set_at = {},
        .models = {}};
    if (is_there) {
        entry.cap_usd = dollars(budget.cap);
        entry.left_usd = dollars(std::max<Nanodollars>(budget.cap - spent->cost, 0));
        entry.set_by = budget.set_by;
        entry.set_at = budget.set_at;
    }
    if (budget.scope == SpendingScope::project) {
        Result<std::vector<std::string>> models = budgets::models_of(db, budget.subject);
        if (!models) return models.fault();
        if (!models->empty()) entry.models = *std::move(models);
    }
    return entry;
}

bool sets_everything(const Caller& caller) {
    return caller.is_admin() && caller.sees_all_rows && !caller.project_id;
}

// Checks that the subject exists and that the caller may cap it.
Result<void> check_subject(Queries& db, const Caller& caller, const NewBudget& body) {
    if (!caller.worker_id.empty())
        return fail(ErrorKind::permission, "a worker may not set a budget", {},
                    "ask the user for it");
    if ((body.scope == BudgetScope::user || body.scope == BudgetScope::all || body.models) &&
        !sets_everything(caller))
        return fail(ErrorKind::permission, "only an administrator may set this", "scope",
                    "set one for a project or a task of your own");
    if (Result<void> owned = caller.check_owner(); !owned) return owned;
    if (body.scope == BudgetScope::all) {
        if (!body.subject) return {};
        return fail(ErrorKind::invalid, "is not allowed with the scope all", "subject",
                    "leave it out");
    }
    if (!body.subject) return fail(ErrorKind::invalid, "is required", "subject", "send its id");
    const auto found = [](const auto& stored) -> Result<void> {
        return stored ? Result<void>() : stored.fault();
    };
    switch (body.scope) {
        case BudgetScope::task:
            return found(tasks::find(db, *body.subject, caller.owner()));
        case BudgetScope::project:
            return found(projects::find(db, *body.subject, caller.owner()));
        default:
            return found(users::find(db, *body.subject));
    }
}

Result<void> check_body(const NewBudget& body) {
    if (!body.cap_usd && !body.remove && !body.models)
        return fail(ErrorKind::invalid, "changes nothing", "cap_usd",
                    "send a cap, `remove` or `models`");
    if (body.cap_usd && body.remove)
        return fail(ErrorKind::invalid, "is not allowed with a cap", "remove", "send one of both");
    if (body.models && body.scope != BudgetScope::project)
        return fail(ErrorKind::invalid, "are a project's", "models", "name a project");
    if (body.models && body.models->size() > kMostModels)
        return fail(ErrorKind::invalid, "has more than " + std::to_string(kMostModels) + " names",
                    "models");
    return {};
}

Result<HttpResponse> set_budget(Transaction& tx, const Exchange& exchange, const NewBudget& body) {
    const Caller& caller = *exchange.caller;
    const contracts::Timestamp now = exchange.context->clock.now();
    if (Result<void> may = check_subject(tx, caller, body); !may) return may.fault();
    Budget budget{.scope = spending_scope(body.scope),
                  .subject = body.subject.value_or(""),
                  .period = body.period,
                  .cap = nanodollars(body.cap_usd.value_or(0)),
                  .set_by = caller.name,
                  .by_admin = caller.is_admin(),
                  .set_at = now};
    Result<std::optional<Budget>> before =
        budgets::find(tx, budget.scope, budget.subject, budget.period);
    if (!before) return before.fault();
    const bool changes_cap = body.cap_usd.has_value() || body.remove;
    if (changes_cap && *before && (*before)->by_admin && !caller.is_admin())
        return fail(ErrorKind::permission, "an administrator has set this cap", "scope",
                    "ask an administrator to change it");
    Result<void> done{};
    if (body.cap_usd) done = budgets::set(tx, budget);
    if (body.remove) done = budgets::erase(tx, budget);
    if (done && body.models) done = budgets::set_models(tx, budget.subject, *body.models);
    if (!done) return done.fault();
    const bool is_there = body.cap_usd || (*before && !body.remove);
    Result<BudgetEntry> entry =
        budget_entry(tx, body.cap_usd || !*before ? budget : **before, is_there, now);
    if (!entry) return entry.fault();
    return json_text_response(200, contracts::format_message(*std::move(entry)));
}

}  // namespace

void visit_fields(UsageEntry& entry, contracts::FieldList& fields) {
    fields.required("scope", entry.scope, contracts::kIdentifier);
    fields.optional("subject", entry.subject);
    fields.optional("day", entry.day);
    fields.optional("user_id", entry.user_id);
    fields.optional("project_id", entry.project_id);
    fields.required("calls", entry.calls, contracts::kNotNegative);
    fields.required("input_tokens", entry.input_tokens, contracts::kNotNegative);
    fields.required("cache_read_tokens", entry.cache_read_tokens, contracts::kNotNegative);
    fields.required("cache_write_tokens", entry.cache_write_tokens, contracts::kNotNegative);
    fields.required("output_tokens", entry.output_tokens, contracts::kNotNegative);
    fields.required("cost_usd", entry.cost_usd, contracts::kNotNegative);
    fields.required("estimated_calls", entry.estimated_calls, contracts::kNotNegative);
}

void visit_fields(NewBudget& budget, contracts::FieldList& fields) {
    fields.required("scope", budget.scope);
    fields.optional("subject", budget.subject, contracts::kIdentifier);
    fields.defaulted("period", budget.period);
    fields.optional("cap_usd", budget.cap_usd, kDollars);
    fields.defaulted("remove", budget.remove);
    fields.optional("models", budget.models);
}

void visit_fields(BudgetEntry& entry, contracts::FieldList& fields) {
    fields.required("scope", entry.scope);
    fields.optional("subject", entry.subject);
    fields.required("period", entry.period);
    fields.optional("cap_usd", entry.cap_usd);
    fields.required("spent_usd", entry.spent_usd);
    fields.required("reserved_usd", entry.reserved_usd);
    fields.optional("left_usd", entry.left_usd);
    fields.optional("set_by", entry.set_by);
    fields.optional("set_at", entry.set_at);
    fields.optional("models", entry.models);
}

void handle_usage(Exchange&& exchange) {
    Result<PageRequest> page = page_of(exchange);
    if (!page) return exchange.refuse(page.error());
    if (Result<std::size_t> limit = one_page_limit(exchange); !limit)
        return exchange.refuse(limit.error());
    Result<model_spending::Question> question = question_of(exchange, *page);
    if (!question) return exchange.refuse(question.error());
    // A caller without a user must not get the sums over all users.
    if (question->user_id && question->user_id->empty())
        return exchange.reply(json_text_response(200, "[]"));
    Result<std::vector<SpendingRow>> rows =
        model_spending::list(exchange.context->database, *question);
    if (!rows) return exchange.refuse(rows.error());
    std::vector<UsageEntry> entries;
    for (const SpendingRow& row : *rows)
        entries.push_back(usage_entry(row));
    exchange.reply(json_text_response(200, format_messages(std::move(entries))));
}

void handle_budgets(Exchange&& exchange) {
    Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    Database& db = exchange.context->database;
    Result<std::vector<Budget>> budgets = budgets::list(db, exchange.caller->owner(), *limit);
    if (!budgets) return exchange.refuse(budgets.error());
    std::vector<BudgetEntry> entries;
    for (const Budget& budget : *budgets) {
        Result<BudgetEntry> entry = budget_entry(db, budget, true, exchange.context->clock.now());
        if (!entry) return exchange.refuse(entry.error());
        entries.push_back(*std::move(entry));
    }
    exchange.reply(json_text_response(200, format_messages(std::move(entries))));
}

void handle_set_budget(Exchange&& exchange) {
    const std::optional<contracts::Json> json = take_json(exchange);
    if (!json) return;
    static const contracts::Json known = contracts::schema_of<NewBudget>().at("properties");
    if (Result<void> sound = check_texts(*json, known); !sound)
        return exchange.refuse(sound.error());
    Result<NewBudget> body = contracts::read_message<NewBudget>(*json);
    if (!body) return exchange.refuse(body.error());
    if (Result<void> sound = check_body(*body); !sound) return exchange.refuse(sound.error());
    write_and_answer(std::make_shared<Write>(std::move(exchange)),
                     [body = *std::move(body)](Transaction& tx, Write& write) -> Result<void> {
                         Result<HttpResponse> answer = set_budget(tx, write.exchange, body);
                         if (!answer) return answer.fault();
                         write.answer = *std::move(answer);
                         return {};
                     });
}

}  // namespace control
