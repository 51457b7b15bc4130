#include "control/api/branch_files.h"

#include "control/api/handlers.h"
#include "control/masking/mask.h"
#include "control/store/values.h"
#include "control/store/workers.h"

#include <charconv>

namespace control {

namespace {

constexpr std::size_t kLongestPath = 4096;

// What the caller asked for, and the branch that has it.
struct BranchQuestion {
    std::string repository;
    std::string branch;
    std::string path;
    std::size_t limit = kDefaultPage;
    // Set for a page after the first.
    std::string commit{};
    std::size_t skipped = 0;
};

Error not_a_cursor() {
    return {ErrorKind::invalid, "is not a cursor of this list", "cursor",
            "use the cursor from the Link header of the previous page"};
}

// "50~<commit>": how many entries were shown, and of which commit.
Result<void> take_cursor(const std::string& cursor, BranchQuestion& question) {
    if (cursor.empty()) return {};
    const std::size_t mark = cursor.find('~');
    if (mark == std::string::npos) return fail(not_a_cursor());
    std::from_chars(cursor.data(), cursor.data() + mark, question.skipped);
    question.commit = cursor.substr(mark + 1);
    return {};
}

Result<BranchQuestion> branch_question_of(const Exchange& exchange) {
    Result<PageRequest> page = page_of(exchange);
    if (!page) return page.fault();
    BranchQuestion question{.repository = {}, .branch = {}, .path = {}, .limit = page->limit};
    for (const Filter& filter : page->filters)
        question.path = filter.value;
    if (question.path.size() > kLongestPath)
        return fail(ErrorKind::invalid,
                    "must have at most " + std::to_string(kLongestPath) + " bytes", "path");
    if (Result<void> good = take_cursor(page->cursor, question); !good) return good.fault();
    const Result<Stored<WorkerRow>> worker =
        workers::find(exchange.context->database, exchange.id, exchange.caller->owner());
    if (!worker) return worker.fault();
    question.repository = worker->entity.about("repository");
    question.branch = worker->entity.about("branch");
    if (question.repository.empty() || question.branch.empty())
        return fail(ErrorKind::not_found, "this worker does not work on a branch");
    return question;
}

Result<std::string> commit_of(Forge& forge, const BranchQuestion& question) {
    if (!question.commit.empty()) return question.commit;
    Result<std::string> tip = forge.tip(question.repository, question.branch);
    if (!tip && tip.error().kind == ErrorKind::not_found)
        return fail(ErrorKind::not_found,
                    "the branch " + question.branch + " of " + question.repository + " is gone", {},
                    "its files went with it; look at the project's repository");
    return tip;
}

// Whether the bytes are UTF-8 without U+0000.
bool is_text(const std::string& bytes) {
    return check_values({Value(bytes)}).has_value();
}

Result<BranchFile> read_file(Forge& forge, const BranchQuestion& question) {
    Result<std::string> commit = commit_of(forge, question);
    if (!commit) return commit.fault();
    const Result<DirectoryEntry> entry =
        forge.find_entry(question.repository, *commit, question.path);
    if (!entry) return entry.fault();
    if (entry->kind != EntryKind::file)
        return fail(ErrorKind::invalid, "is not a file, and links are not followed", "path",
                    "list a directory instead");
    BranchFile file{.path = question.path,
                    .branch = question.branch,
                    .commit = *std::move(commit),
                    .bytes = entry->bytes,
                    .content = FileContent::too_large,
                    .text = {}};
    if (file.bytes > kLargestShown) return file;
    Result<std::string> bytes =
        forge.read_file(question.repository, file.commit, question.path, kLargestShown);
    if (!bytes) return bytes.fault();
    file.content = is_text(*bytes) ? FileContent::text : FileContent::binary;
    if (file.content == FileContent::text) file.text = masking::mask_keys(*bytes);
    return file;
}

void answer_file(const Exchange& exchange, const BranchQuestion& question) {
    Result<BranchFile> file = read_file(*exchange.context->forge, question);
    if (!file) return exchange.refuse(file.error());
    exchange.reply(json_text_response(200, contracts::format_message(*std::move(file))));
}

void answer_files(const Exchange& exchange, const BranchQuestion& question) {
    Forge& forge = *exchange.context->forge;
    const Result<std::string> commit = commit_of(forge, question);
    if (!commit) return exchange.refuse(commit.error());
    Result<std::vector<DirectoryEntry>> entries =
        forge.list_directory(question.repository, *commit, question.path);
    if (!entries && entries.error().field == "commit") return exchange.refuse(not_a_cursor());
    if (!entries) return exchange.refuse(entries.error());
    const std::size_t end = std::min(entries->size(), question.skipped + question.limit);
    std::vector<BranchEntry> shown;
    for (std::size_t i = question.skipped; i < end; ++i) {
        DirectoryEntry& entry = (*entries)[i];
        BranchEntry& one = shown.emplace_back();
        one.name = std::move(entry.name);
        one.kind = entry.kind;
        if (one.kind == EntryKind::file) one.bytes = entry.bytes;
    }
    HttpResponse response = json_text_response(200, format_messages(std::move(shown)));
    if (end < entries->size())
        response.headers.push_back(
            {"Link", next_link(exchange, std::to_string(end) + '~' + *commit)});
    exchange.reply(std::move(response));
}

// Answers on a thread of the pool, because git takes a while.
void answer_later(Exchange&& exchange, void (*answer)(const Exchange&, const BranchQuestion&)) {
    const ApiContext& context = *exchange.context;
    Result<BranchQuestion> question = branch_question_of(exchange);
    if (!question) return exchange.refuse(question.error());
    if (context.forge == nullptr)
        return exchange.refuse({ErrorKind::not_found,
                                "this daemon has no repositories",
                                {},
                                "ask a daemon that has one of the roles workers and graphs"});
    const std::string job = "files " + std::to_string(++context.jobs);
    // The pool is stopped before the context is destroyed; the requests that it drops are answered
    // as failures.
    context.git_reads->submit(job, [exchange = std::make_shared<Exchange>(std::move(exchange)),
                                    question = *std::move(question), answer](
                                       const std::stop_token&) { answer(*exchange, question); });
}

}  // namespace

void visit_fields(BranchEntry& entry, contracts::FieldList& fields) {
    fields.required("name", entry.name, contracts::kLongText);
    fields.required("kind", entry.kind);
    fields.optional("bytes", entry.bytes, contracts::kNotNegative);
}

void visit_fields(BranchFile& file, contracts::FieldList& fields) {
    fields.required("path", file.path, contracts::kLongText);
    fields.required("branch", file.branch, contracts::kShortText);
    fields.required("commit", file.commit, contracts::kCommit);
    fields.required("bytes", file.bytes, contracts::kNotNegative);
    fields.required("content", file.content);
    fields.optional("text", file.text, contracts::kLongText);
}

void handle_branch_files(Exchange&& exchange) {
    answer_later(std::move(exchange), &answer_files);
}

void handle_branch_file(Exchange&& exchange) {
    answer_later(std::move(exchange), &answer_file);
}

}  // namespace control
