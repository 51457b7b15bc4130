#include "control/scheduler/project_documents.h"

#include "contracts/base/text.h"
#include "control/store/project_knowledge.h"
#include "control/store/projects.h"

#include <algorithm>

namespace control {

using contracts::Project;
using contracts::ProjectStatus;

namespace {

using CheckLead = std::function<Result<void>(Queries&)>;

constexpr std::size_t kMostListed = 250'000;  // files in a commit
constexpr std::size_t kMostNotedAsLeft = 50;
constexpr int kOrphansAtOnce = 100;
constexpr std::string_view kTextEndings[] = {".md", ".markdown", ".rst", ".txt", ".adoc"};

bool has_text_ending(std::string_view name) {
    return std::ranges::any_of(kTextEndings,
                               [name](std::string_view ending) { return name.ends_with(ending); });
}

// JSON's writer replaces bytes that are not UTF-8: bytes that come back unchanged are text.
bool is_text(const std::string& bytes) {
    if (bytes.find('\0') != std::string::npos) return false;
    const Result<contracts::Json> back = contracts::parse_json(contracts::dump_json(bytes));
    return back && back->is_string() && back->get_ref<const std::string&>() == bytes;
}

// One pass over all projects.
class DocumentRound {
public:
    DocumentRound(const DocumentsNeeds& needs, const CheckLead& check_lead,
                  const std::stop_token& stop)
        : needs_(needs), check_lead_(check_lead), stop_(stop) {}

    Result<DocumentsRead> run();

private:
    Result<void> write(const std::function<Result<void>(Transaction&)>& work) {
        return needs_.database.transaction([&](Transaction& tx) -> Result<void> {
            if (Result<void> leads = check_lead_(tx); !leads) return leads;
            return work(tx);
        });
    }
    Result<void> read_project(const Project& project);
    Result<void> read_files(const std::string& repository,
                            project_knowledge::Reading& reading) const;
    Result<void> add_vectors();
    Result<void> keep_vectors(const std::vector<project_knowledge::Part>& parts,
                              const std::vector<project_knowledge::Vector>& vectors);

    const DocumentsNeeds& needs_;
    const CheckLead& check_lead_;
    const std::stop_token& stop_;
    DocumentsRead done_;
};

// A fault of the content is recorded with its reason. Any other failure is our own.
Result<void> take_file(project_knowledge::Reading& reading, const std::string& path,
                       Result<std::string> text, std::size_t& total) {
    std::string reason;
    if (!text && text.error().kind != ErrorKind::invalid) return text.fault();
    if (!text)
        reason = "is larger than 1 MiB, or is not a file";
    else if (text->empty())
        return {};
    else if (!is_text(*text))
        reason = "is not text in UTF-8";
    else if (total + text->size() > kMostProjectBytes)
        reason = "is beyond 8 MiB of documents in this project";
    if (reason.empty()) {
        total += text->size();
        reading.files.push_back({.path = path, .text = *std::move(text)});
    } else if (reading.left.size() < kMostNotedAsLeft) {
        reading.left.push_back({.path = path, .reason = std::move(reason)});
    }
    return {};
}

Result<void> DocumentRound::read_files(const std::string& repository,
                                       project_knowledge::Reading& reading) const {
    Result<std::vector<std::string>> paths =
        needs_.forge.list_files(repository, reading.commit, kMostListed);
    if (!paths) return paths.fault();
    std::erase_if(*paths, [](const std::string& path) {
        return !is_document(path) || path.size() > 1024 || !is_text(path);
    });
    // Files at the top come first: if there are too many, the rest is left out.
    std::ranges::stable_sort(*paths, {},
                             [](const std::string& path) { return std::ranges::count(path, '/'); });
    std::size_t total = 0;
    for (const std::string& path : *paths) {
        if (stop_.stop_requested()) return fail(ErrorKind::transient, "the daemon stops");
        if (reading.files.size() == kMostDocuments) {
            if (reading.left.size() < kMostNotedAsLeft)
                reading.left.push_back(
                    {.path = path, .reason = "is beyond 200 documents in this project"});
            continue;
        }
        Result<void> taken = take_file(
            reading, path,
            needs_.forge.read_file(repository, reading.commit, path, kMostDocumentBytes), total);
        if (!taken) return taken;
    }
    return {};
}

Result<void> DocumentRound::read_project(const Project& project) {
    const std::string repository = needs_.repository_of(project);
    const Result<BranchHead> head = needs_.forge.head(repository, std::string(kDefaultBranch));
    if (!head)  // on another daemon, or not created yet
        return head.error().kind == ErrorKind::not_found ? Result<void>() : head.fault();
    const Result<std::string> known = project_knowledge::read_commit(needs_.database, project.id);
    if (!known) return known.fault();
    if (*known == head->commit) return {};
    project_knowledge::Reading reading{
        .project_id = project.id, .commit = head->commit, .files = {}, .left = {}};
    if (Result<void> read = read_files(repository, reading); !read) return read;
    std::int64_t changed = 0;
    const Result<void> kept = write([&](Transaction& tx) -> Result<void> {
        Result<std::int64_t> put = project_knowledge::replace(tx, reading, needs_.clock.now());
        if (!put) return put.fault();
        changed = *put;
        return {};
    });
    if (!kept) return kept;
    ++done_.projects;
    done_.changed += changed;
    return {};
}

Result<void> DocumentRound::keep_vectors(const std::vector<project_knowledge::Part>& parts,
                                         const std::vector<project_knowledge::Vector>& vectors) {
    return write([&](Transaction& tx) -> Result<void> {
        for (std::size_t i = 0; i < parts.size(); ++i)
            if (Result<void> put = project_knowledge::set_vector(
                    tx, parts[i].id, needs_.embeddings->model(), vectors[i]);
                !put)
                return put;
        return {};
    });
}

// If the model fails, nothing is lost: searches match words, and the next round asks again.
Result<void> DocumentRound::add_vectors() {
    if (needs_.embeddings == nullptr) return {};
    while (done_.vectors < static_cast<std::int64_t>(kMostPartsARun) && !stop_.stop_requested()) {
        const auto parts = project_knowledge::without_vector(
            needs_.database, needs_.embeddings->model(), kMostTexts);
        if (!parts) return parts.fault();
        if (parts->empty()) return {};
        std::vector<std::string> texts;
        for (const project_knowledge::Part& part : *parts)
            texts.push_back(part.text);
        const auto vectors = needs_.embeddings->embed(texts, stop_);
        if (!vectors) {
            done_.trouble = vectors.error().describe();
            return {};
        }
        if (Result<void> kept = keep_vectors(*parts, *vectors); !kept) return kept;
        done_.vectors += static_cast<std::int64_t>(parts->size());
    }
    done_.is_more_due = true;
    return {};
}

Result<DocumentsRead> DocumentRound::run() {
    std::string cursor;
    do {
        Result<Page<Project>> page =
            projects::list(needs_.database, {.limit = kMaxPage, .cursor = cursor});
        if (!page) return page.fault();
        for (const Stored<Project>& project : page->items) {
            if (stop_.stop_requested()) return done_;
            if (project.entity.status == ProjectStatus::draft ||
                project.entity.status == ProjectStatus::archived)
                continue;
            if (Result<void> read = read_project(project.entity); !read)
                return fail(Error(read.error()).context("project " + project.entity.id));
        }
        cursor = page->next;
    } while (!cursor.empty());
    const Result<void> cleared = write([&](Transaction& tx) -> Result<void> {
        const auto gone = project_knowledge::forget_orphans(tx, kOrphansAtOnce);
        return gone ? Result<void>() : gone.fault();
    });
    if (!cleared) return cleared.fault();
    if (Result<void> added = add_vectors(); !added) return added.fault();
    return done_;
}

}  // namespace

bool is_document(std::string_view path) {
    const std::string small = contracts::lower_case(path);
    const std::string_view all = small;
    const std::size_t slash = all.rfind('/');
    const std::string_view name = all.substr(slash == std::string_view::npos ? 0 : slash + 1);
    if (name == "readme" || name.starts_with("readme.")) return true;
    if (!has_text_ending(name)) return false;
    return slash == std::string_view::npos || all.starts_with("docs/") || all.starts_with("doc/") ||
           all.find("/docs/") != std::string_view::npos;
}

Result<DocumentsRead> read_documents(const DocumentsNeeds& needs, const CheckLead& check_lead,
                                     const std::stop_token& stop) {
    return DocumentRound(needs, check_lead, stop).run();
}

PeriodicTask project_documents_task(DocumentsNeeds needs, contracts::Log log,
                                    std::chrono::milliseconds interval) {
    return {.name = "rag_summarizer",
            .interval = interval,
            .run_once = [needs = std::move(needs), log = std::move(log)](
                            const Lease& lease,
                            const std::stop_token& stop) -> Result<PeriodicOutcome> {
                Result<DocumentsRead> read = read_documents(
                    needs, [&lease](Queries& queries) { return leases::check(queries, lease); },
                    stop);
                if (!read) return read.fault();
                if (!read->trouble.empty())
                    log.warning("documents are searched by their words only",
                                {{"error", read->trouble}});
                std::string text = std::to_string(read->projects) + " projects were read, " +
                                   std::to_string(read->changed) + " documents have changed, " +
                                   std::to_string(read->vectors) + " parts got vectors";
                if (!read->trouble.empty()) text += "; the model: " + read->trouble;
                return PeriodicOutcome{.text = std::move(text), .is_more_due = read->is_more_due};
            }};
}

}  // namespace control
