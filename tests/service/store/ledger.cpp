#include "ledger.h"

namespace control {

namespace {

constexpr int kAccounts = 4;

Result<void> run(Queries& db, std::string_view sql, std::vector<Value> values = {}) {
    Result<Rows> rows = db.query(sql, std::move(values));
    if (!rows) return fail(std::move(rows.error()));
    return {};
}

}  // namespace

Result<void> Ledger::make_tables(Database& db) {
    return db.transaction([](Transaction& tx) -> Result<void> {
        // There is no unique key, so that a row written twice shows.
        if (Result<void> made = run(tx, "CREATE TABLE entries (key TEXT NOT NULL, half BIGINT)");
            !made)
            return made;
        if (Result<void> made =
                run(tx, "CREATE TABLE accounts (id BIGINT PRIMARY KEY, total BIGINT NOT NULL)");
            !made)
            return made;
        for (std::int64_t i = 0; i < kAccounts; ++i)
            if (Result<void> made = run(tx, "INSERT INTO accounts (id, total) VALUES ($1, 0)", {i});
                !made)
                return made;
        return {};
    });
}

Ledger::Ledger(std::vector<Database*> daemons, int callers, std::uint32_t seed) {
    for (int i = 0; i < callers; ++i)
        callers_.emplace_back([this, db = daemons[static_cast<std::size_t>(i) % daemons.size()], i,
                               seed] { write(*db, i, seed); });
}

Ledger::~Ledger() {
    stop();
}

void Ledger::stop() {
    stopping_ = true;
    callers_.clear();
}

// Two rows and an increment of a shared total, which is read first: so a partial transaction, a
// repeated one and a lost update all show.
void Ledger::write(Database& db, int caller, std::uint32_t seed) {
    std::mt19937 random(seed + static_cast<std::uint32_t>(caller));
    for (int i = 0; !stopping_; ++i) {
        const std::string key = std::to_string(caller) + "." + std::to_string(i);
        const std::int64_t account = random() % kAccounts;
        const bool changes_its_mind = random() % 16 == 0;
        int runs = 0;
        Result<void> outcome = db.transaction([&](Transaction& tx) -> Result<void> {
            ++runs;
            if (Result<void> done =
                    run(tx, "INSERT INTO entries (key, half) VALUES ($1, 1)", {key});
                !done)
                return done;
            Result<Rows> total = tx.query("SELECT total FROM accounts WHERE id = $1", {account});
            if (!total) return fail(std::move(total.error()));
            if (Result<void> done = run(tx, "UPDATE accounts SET total = $1 WHERE id = $2",
                                        {total->rows.at(0).integer(0) + 1, account});
                !done)
                return done;
            if (changes_its_mind) return fail(ErrorKind::permission, "changed its mind");
            return run(tx, "INSERT INTO entries (key, half) VALUES ($1, 2)", {key});
        });
        reruns_ += runs > 1 ? runs - 1 : 0;
        ++(outcome ? acknowledged_ : refused_);
        const std::lock_guard lock(mutex_);
        books_.emplace(key, std::move(outcome));
    }
}

std::string Ledger::audit(Database& db) {
    const Result<Rows> rows = db.query("SELECT key, COUNT(*), SUM(half) FROM entries GROUP BY key");
    if (!rows) return rows.error().describe();
    std::string faults;
    std::map<std::string, const Row*> stored;
    for (const Row& row : rows->rows)
        stored.emplace(row.text(0), &row);
    for (const auto& [key, outcome] : books_) {
        const auto found = stored.find(key);
        const bool is_there = found != stored.end();
        if (outcome && !is_there) faults += "lost: " + key + "\n";
        if (!outcome && is_there)
            faults += "refused, and there: " + key + " (" + outcome.error().describe() + ")\n";
        if (is_there && (found->second->integer(1) != 2 || found->second->integer(2) != 3))
            faults += "not once and whole: " + key + "\n";
    }
    if (rows->rows.size() > books_.size()) faults += "rows that nobody wrote\n";
    const Result<Rows> total = db.query("SELECT SUM(total) FROM accounts");
    if (!total) return total.error().describe();
    if (total->rows.at(0).integer(0) != acknowledged_)
        faults += "the totals say " + std::to_string(total->rows.at(0).integer(0)) +
                  ", the books " + std::to_string(acknowledged_) + "\n";
    return faults;
}

}  // namespace control
