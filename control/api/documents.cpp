#include "control/api/documents.h"

#include "control/api/handlers.h"
#include "control/embeddings/embeddings.h"
#include "control/store/project_knowledge.h"
#include "control/store/rag_documents.h"

#include <algorithm>
#include <map>

namespace control {

namespace {

using contracts::RagChunk;

constexpr std::size_t kMostFound = 50;
constexpr std::size_t kLongestQuery = 4096;
// When two lists are merged, this sets how much more the first places count than the following
// ones.
constexpr double kRankOffset = 60;

struct Question {
    std::string words;
    std::size_t limit = kMostFound;
};

Result<Question> question_of(const Exchange& exchange) {
    Result<PageRequest> request = page_of(exchange);
    if (!request) return request.fault();
    if (!request->cursor.empty())
        return fail(ErrorKind::invalid, "is not taken: a search has one page", "cursor",
                    "raise the limit");
    if (request->filters.size() != 1)
        return fail(ErrorKind::invalid, "is required, once", "query", "send words");
    Question question{.words = std::move(request->filters[0].value),
                      .limit = std::min(request->limit, kMostFound)};
    if (question.words.size() > kLongestQuery)
        return fail(ErrorKind::invalid,
                    "must have at most " + std::to_string(kLongestQuery) + " bytes", "query");
    return question;
}

void reply_parts(const Exchange& exchange, std::vector<RagChunk> chunks) {
    std::vector<FoundPart> parts;
    for (RagChunk& chunk : chunks)
        parts.push_back({.path = std::move(chunk.path),
                         .position = chunk.position,
                         .text = std::move(chunk.text)});
    exchange.reply(json_text_response(200, format_messages(std::move(parts))));
}

// A part gets points for its place in each list; the sum decides.
std::vector<RagChunk> merged(std::vector<RagChunk> by_words, std::vector<RagChunk> by_meaning,
                             std::size_t limit) {
    std::map<std::string, double> points;
    std::vector<RagChunk> all;
    for (std::vector<RagChunk>* list : {&by_words, &by_meaning})
        for (std::size_t i = 0; i < list->size(); ++i) {
            const auto [place, is_new] = points.try_emplace((*list)[i].id, 0.0);
            place->second += 1 / (kRankOffset + static_cast<double>(i));
            if (is_new) all.push_back(std::move((*list)[i]));
        }
    std::ranges::stable_sort(all, std::ranges::greater(),
                             [&points](const RagChunk& chunk) { return points[chunk.id]; });
    all.resize(std::min(all.size(), limit));
    return all;
}

// Runs on a thread of its own, because the model and the comparison take a while. If the model
// fails, only the search by words counts.
void search_by_meaning(const Exchange& exchange, const Question& question,
                       std::vector<RagChunk> by_words, const std::stop_token& stop) {
    const ApiContext& context = *exchange.context;
    auto asked = context.embeddings->embed({question.words}, stop);
    if (!asked) {
        context.log.warning("a search by meaning failed; only words were matched",
                            {{"error", asked.error().describe()}});
        return reply_parts(exchange, std::move(by_words));
    }
    auto by_meaning = project_knowledge::nearest(
        context.database, exchange.id, context.embeddings->model(), asked->front(), question.limit);
    if (!by_meaning) return exchange.refuse(by_meaning.error());
    reply_parts(exchange, merged(std::move(by_words), *std::move(by_meaning), question.limit));
}

}  // namespace

void visit_fields(ProjectDocument& document, contracts::FieldList& fields) {
    fields.required("path", document.path, contracts::kDocumentPath);
    fields.required("bytes", document.bytes, contracts::kNotNegative);
    fields.required("parts", document.parts, contracts::kNotNegative);
    fields.optional("left_because", document.left_because);
}

void visit_fields(FoundPart& part, contracts::FieldList& fields) {
    fields.required("path", part.path, contracts::kDocumentPath);
    fields.required("position", part.position, contracts::kNotNegative);
    fields.required("text", part.text, contracts::kDocumentText);
}

void handle_documents(Exchange&& exchange) {
    const Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    if (Result<void> own = check_project(exchange.context->database, exchange); !own)
        return exchange.refuse(own.error());
    auto files = project_knowledge::files(exchange.context->database, exchange.id, *limit);
    if (!files) return exchange.refuse(files.error());
    std::vector<ProjectDocument> documents;
    for (project_knowledge::KnownFile& file : *files) {
        ProjectDocument document{
            .path = std::move(file.path), .bytes = file.bytes, .parts = file.parts};
        if (!file.left_because.empty()) document.left_because = std::move(file.left_because);
        documents.push_back(std::move(document));
    }
    exchange.reply(json_text_response(200, format_messages(std::move(documents))));
}

void handle_search_documents(Exchange&& exchange) {
    Result<Question> question = question_of(exchange);
    if (!question) return exchange.refuse(question.error());
    if (Result<void> own = check_project(exchange.context->database, exchange); !own)
        return exchange.refuse(own.error());
    auto by_words = rag_documents::search_project(exchange.context->database, exchange.id,
                                                  question->words, question->limit);
    if (!by_words) return exchange.refuse(by_words.error());
    const ApiContext& context = *exchange.context;
    if (context.embeddings == nullptr || question->words.empty())
        return reply_parts(exchange, *std::move(by_words));
    const std::string job = "search " + std::to_string(++context.jobs);
    // The pool is stopped before the context is destroyed; the requests that it drops are answered
    // as failures.
    context.searches->submit(job, [exchange = std::make_shared<Exchange>(std::move(exchange)),
                                   question = *std::move(question),
                                   by_words = *std::move(by_words)](const std::stop_token& stop) {
        search_by_meaning(*exchange, question, by_words, stop);
    });
}

}  // namespace control
