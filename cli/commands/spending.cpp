// What model calls have cost, and their caps.
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/input.h"

#include <cstdlib>

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

constexpr std::string_view kBys[] = {"task", "project", "user", "worker", "model", "day"};
constexpr std::string_view kUsageColumns[] = {"scope",         "subject",      "day",
                                              "calls",         "input_tokens", "cache_read_tokens",
                                              "output_tokens", "cost_usd",     "estimated_calls"};

// A CSV cell (RFC 4180): texts are quoted. A text like a formula begins with ' for spreadsheets.
std::string cell_of(const Json& row, std::string_view column) {
    const auto value = row.find(column);
    if (value == row.end() || value->is_null()) return {};
    if (!value->is_string()) return contracts::dump_json(*value);
    const auto& text = value->get_ref<const std::string&>();
    std::string cell = "\"";
    if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
        cell += '\'';
    for (const char c : text)
        cell.append(c == '"' ? 2 : 1, c);
    return cell + '"';
}

std::string csv_of(const Json& rows) {
    std::string text;
    for (const std::string_view column : kUsageColumns)
        text.append(text.empty() ? "" : ",").append(column);
    for (const Json& row : rows)
        for (const std::string_view column : kUsageColumns)
            text.append(column == kUsageColumns[0] ? "\n" : ",").append(cell_of(row, column));
    return text + '\n';
}

class Usage final : public Command {
public:
    void declare(Options& options) override {
        options.text("--by", "WHAT", by_, "a sum for each of these (project)", kBys);
        options.text("--task", "ID", task_, "of this task");
        options.text("--project", "ID", project_, "of this project");
        options.text("--user", "ID", user_, "of this user; administrators");
        options.text("--since", "DAY", since_, "from this day on, 2026-01-31, in UTC");
        options.text("--until", "DAY", until_, "up to this day");
        options.text("--limit", "N", page_.limit,
                     "maximum number of results, 1 to 500 (default 50)");
        options.flag("--csv", csv_, "print CSV");
    }
    Result<Outcome> run(Session& session) override {
        std::string filter = "by=" + by_.value_or("project");
        for (const auto& [name, value] :
             {std::pair("task_id", &task_), std::pair("project_id", &project_),
              std::pair("user_id", &user_), std::pair("since", &since_),
              std::pair("until", &until_)}) {
            if (!*value) continue;
            if (Result<void> checked = check_identifier(name, **value); !checked)
                return checked.fault();
            filter.append("&").append(name).append("=").append(**value);
        }
        Result<std::string> query = page_.query();
        if (!query) return query.fault();
        if (!query->empty()) filter.append("&").append(query->substr(1));
        Result<Outcome> outcome = list(session, "/api/usage?" + filter,
                                       {std::begin(kUsageColumns), std::end(kUsageColumns)});
        if (outcome && csv_) outcome->plain = csv_of(outcome->data);
        return outcome;
    }

private:
    std::optional<std::string> by_, task_, project_, user_, since_, until_;
    Page page_;
    bool csv_ = false;
};

class BudgetShow final : public Command {
public:
    void declare(Options& options) override {
        options.text("--limit", "N", page_.limit,
                     "maximum number of results, 1 to 500 (default 50)");
    }
    Result<Outcome> run(Session& session) override {
        Result<std::string> query = page_.query();
        if (!query) return query.fault();
        return list(session, "/api/budgets" + *query,
                    {"scope", "subject", "period", "cap_usd", "spent_usd", "left_usd", "set_by"});
    }

private:
    Page page_;
};

class BudgetSet final : public Command {
public:
    void declare(Options& options) override {
        options.text("--task", "ID", task_, "the cap of this task");
        options.text("--project", "ID", project_, "of this project");
        options.text("--user", "ID", user_, "of this user; administrators");
        options.flag("--all", all_, "of the whole installation; administrators");
        options.text("--usd", "AMOUNT", usd_, "the cap in dollars; 0 lets nothing through");
        options.flag("--per-day", per_day_, "the cap of each day, which begins at midnight UTC");
        options.flag("--remove", remove_, "take the cap away");
        options.text("--models", "NAMES", models_,
                     "the only models that the project may use; \"any\": all; administrators");
        options.exclusive("--usd", "--remove");
    }
    Result<Outcome> run(Session& session) override {
        Json body = Json::object();
        int scopes = all_ ? 1 : 0;
        if (all_) body["scope"] = "all";
        for (const auto& [scope, id] : {std::pair("task", &task_), std::pair("project", &project_),
                                        std::pair("user", &user_)}) {
            if (!*id) continue;
            if (Result<void> checked = check_identifier(scope, **id); !checked)
                return checked.fault();
            ++scopes;
            body["scope"] = scope;
            body["subject"] = **id;
        }
        if (scopes != 1)
            return fail(ErrorKind::invalid, "needs one of --task, --project, --user and --all",
                        "scope");
        if (Result<void> taken = take_what(body); !taken) return taken.fault();
        Result<ApiAnswer> answer = session.destination->api({"POST", "/api/budgets", body});
        if (!answer) return answer.fault();
        return Outcome{std::move(answer->body),
                       "it holds within seconds, also for work that is under way"};
    }

private:
    Result<void> take_what(Json& body) const {
        if (per_day_) body["period"] = "day";
        if (remove_) body["remove"] = true;
        if (usd_) {
            char* end = nullptr;
            const double amount = std::strtod(usd_->c_str(), &end);
            const bool is_number = !usd_->empty() && *end == '\0' &&
                                   usd_->find_first_not_of("0123456789.") == std::string::npos;
            if (!is_number)
                return fail(ErrorKind::invalid, "must be an amount such as 20 or 0.50", "usd");
            body["cap_usd"] = amount;
        }
        if (!models_) return {};
        body["models"] = Json::array();
        if (*models_ == "any") return {};
        Result<std::vector<std::string>> names = split_list("models", *models_);
        if (!names) return names.fault();
        body["models"] = *std::move(names);
        return {};
    }

    std::optional<std::string> task_, project_, user_, usd_, models_;
    bool all_ = false, per_day_ = false, remove_ = false;
};

}  // namespace

std::unique_ptr<Command> usage() {
    return std::make_unique<Usage>();
}
std::unique_ptr<Command> budget_show() {
    return std::make_unique<BudgetShow>();
}
std::unique_ptr<Command> budget_set() {
    return std::make_unique<BudgetSet>();
}

}  // namespace cli::commands
