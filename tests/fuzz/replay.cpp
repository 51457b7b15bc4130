// Runs a fuzz target without libFuzzer: TARGET PATH [SEED]. A file is run as it is. Of a directory
// every file is run, followed by mutations: the same for the same seed, for four seconds or
// kRounds, whichever ends first. A failing input is written to ./<target>.failed; the program ends
// with the signal of the failure.
#include "tests/fuzz/target.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace {

using Random = std::mt19937_64;

constexpr std::size_t kRounds = 100'000;
constexpr std::chrono::seconds kPatience{4};
constexpr std::size_t kLongest = 16 << 10;

std::string input;        // the input that is running
std::string failed_path;  // where a failing input is written

// Not async-signal-safe, which does not matter: the process is ending anyway.
void keep_input(int signal) {
    std::ofstream(failed_path, std::ios::binary) << input;
    std::fprintf(stderr, "fuzz: signal %d; the input is in %s\n", signal, failed_path.c_str());
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void run(std::string one) {
    input = std::move(one);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t below(Random& random, std::size_t bound) {
    return random() % bound;
}

std::string piece_of(const std::string& text, Random& random) {
    if (text.empty()) return {};
    return text.substr(below(random, text.size()), 1 + below(random, 64));
}

std::string mutated(const std::vector<std::string>& corpus, Random& random) {
    constexpr std::string_view kBytes = "{}[]\",:.-0e\\u\x00\x7f\x80\xff\xed\xa0 \r\n\t";
    std::string text = corpus[below(random, corpus.size())];
    for (std::size_t edits = 1 + below(random, 4); edits > 0; --edits) {
        const std::size_t at = below(random, text.size() + 1);
        switch (below(random, 7)) {
            case 0:
                text.resize(at);
                break;
            case 1:
                if (at < text.size())
                    text[at] = static_cast<char>(text[at] ^ 1 << below(random, 8));
                break;
            case 2:
                if (at < text.size()) text[at] = kBytes[below(random, kBytes.size())];
                break;
            case 3:
                text.insert(at, 1, kBytes[below(random, kBytes.size())]);
                break;
            case 4:
                text.erase(at, 1 + below(random, 16));
                break;
            case 5:
                text.insert(at, piece_of(text, random));
                break;
            default:
                text.insert(at, piece_of(corpus[below(random, corpus.size())], random));
        }
    }
    if (text.size() > kLongest) text.resize(kLongest);
    return text;
}

std::vector<std::string> corpus_of(const std::filesystem::path& path) {
    std::vector<std::filesystem::path> files;
    if (std::filesystem::is_directory(path))
        for (const auto& entry : std::filesystem::directory_iterator(path))
            files.push_back(entry.path());
    else
        files.push_back(path);
    std::ranges::sort(files);
    std::vector<std::string> corpus;
    std::ranges::transform(files, std::back_inserter(corpus), read);
    return corpus;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2 || !std::filesystem::exists(arguments[1])) {
        std::fprintf(stderr, "use: %s CORPUS_DIRECTORY|FILE [SEED]\n", arguments[0]);
        return 64;
    }
    failed_path = std::filesystem::path(arguments[0]).filename().string() + ".failed";
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        std::signal(signal, keep_input);
    const std::vector<std::string> corpus = corpus_of(arguments[1]);
    if (corpus.empty()) {
        std::fprintf(stderr, "fuzz: %s holds no file\n", arguments[1]);
        return 66;
    }
    const std::uint64_t seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    run({});
    for (const std::string& one : corpus)
        run(one);
    if (!std::filesystem::is_directory(arguments[1])) return 0;
    Random random(seed);
    const auto end = std::chrono::steady_clock::now() + kPatience;
    std::size_t rounds = 0;
    while (rounds < kRounds && std::chrono::steady_clock::now() < end) {
        run(mutated(corpus, random));
        ++rounds;
    }
    std::printf("%zu inputs, %zu mutations\n", corpus.size(), rounds);
    return 0;
}
