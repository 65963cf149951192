// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/store/fields.hpp"
#include "envkeep/store/journal.hpp"
#include "store/run_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace envkeep::store {
namespace {

constexpr std::uint64_t largest_journal = 64U << 20U;
constexpr std::size_t most_problems = 10;
constexpr std::size_t most_unreadable = 1000;
constexpr std::string_view journal_suffix = ".jsonl";

// Puts one run together from the lines of its journal. Each line is understood or told as a
// problem; the order of lines is the only thing that is believed.
class RunReader {
  public:
    explicit RunReader(std::string id) { record_.run.id = std::move(id); }

    void read(std::string_view text) {
        std::size_t number = 0;
        std::size_t unreadable = 0;
        for (const std::string_view line : split(text, '\n')) {
            ++number;
            if (trimmed(line).empty()) {
                continue;
            }
            if (const auto read = read_line(line); !read) {
                add_problem(fmt::format("line {}: {}", number, read.error().message));
                if (++unreadable > most_unreadable) {
                    break;  // noise, not a journal: megabytes of it would hold every start up
                }
            }
        }
        if (!has_head_) {
            add_problem("its first line, which says who wrote it, is missing");
        }
        drop_given_up();
    }

    void add_problem(std::string problem) {
        if (record_.problems.size() < most_problems) {
            record_.problems.push_back(std::move(problem));
        } else if (record_.problems.size() == most_problems) {
            record_.problems.emplace_back("more lines that cannot be read");
        }
    }

    [[nodiscard]] RunRecord take() && { return std::move(record_); }

    [[nodiscard]] std::vector<std::string> undoes() const { return undoes_; }

  private:
    Result<void> read_line(std::string_view line) {
        ENVKEEP_TRY(const Json json, Json::parse(line));
        if (json.find("run") != nullptr) {
            read_head(json);
            return {};
        }
        if (json.find("intend") != nullptr) {
            return read_intention(json);
        }
        if (json.find("done") != nullptr) {
            const std::int64_t first = json.number_or("done", -1);
            return for_items(first, json.number_or("to", first), [&](std::size_t index) {
                record_.items[index].is_done = true;
            });
        }
        if (json.find("gave_up") != nullptr) {
            const std::int64_t number = json.number_or("gave_up", -1);
            return for_items(number, number, [&](std::size_t index) { given_up_[index] = true; });
        }
        if (json.find("undoes") != nullptr) {
            undoes_.push_back(bytes_member(json, "undoes"));
            return {};
        }
        if (json.flag_or("finished", false)) {
            record_.is_finished = true;
            return {};
        }
        return failure(ErrorKind::io, "not a line of a journal");
    }

    void read_head(const Json& json) {
        has_head_ = true;
        record_.run.command = bytes_member(json, "command");
        record_.run.started = bytes_member(json, "started");
        record_.run.home = bytes_member(json, "home");
        record_.run.container = container_of(json.find("container"));
        record_.run.process = process_of(json.find("process"));
    }

    Result<void> read_intention(const Json& json) {
        ENVKEEP_TRY(Change change, change_from_json(json));
        const std::int64_t number = json.number_or("intend", -1);
        if (!index_of_.emplace(number, record_.items.size()).second) {
            return failure(ErrorKind::io, fmt::format("change {} stands there twice", number));
        }
        record_.items.push_back({.change = std::move(change)});
        given_up_.push_back(false);
        return {};
    }

    template <typename Mark>
    Result<void> for_items(std::int64_t first, std::int64_t last, const Mark& mark) {
        const auto begin = index_of_.lower_bound(first);
        const auto end = index_of_.upper_bound(last);
        if (last < first || begin == end) {
            return failure(ErrorKind::io, fmt::format("there is no change {}", first));
        }
        std::for_each(begin, end, [&](const auto& one) { mark(one.second); });
        return {};
    }

    void drop_given_up() {
        std::vector<RunRecord::Item> kept;
        kept.reserve(record_.items.size());
        for (std::size_t i = 0; i < record_.items.size(); ++i) {
            if (!given_up_[i]) {
                kept.push_back(std::move(record_.items[i]));
            }
        }
        record_.items = std::move(kept);
    }

    RunRecord record_;
    bool has_head_ = false;
    std::map<std::int64_t, std::size_t> index_of_;
    std::vector<bool> given_up_;
    std::vector<std::string> undoes_;
};

struct FoundRun {
    RunRecord record;
    std::vector<std::string> undoes;
};

struct JournalFile {
    std::string run;
    system::Place place;
};

FoundRun read_run(const JournalFile& journal, system::FileReader& files) {
    RunReader reader{journal.run};
    if (const auto text = files.read_file(journal.place, largest_journal)) {
        reader.read(*text);
    } else {
        reader.add_problem(text.error().message);
    }
    std::vector<std::string> undoes = reader.undoes();
    return {.record = std::move(reader).take(), .undoes = std::move(undoes)};
}

Result<std::vector<JournalFile>> journals_in(const std::vector<system::Place>& folders,
                                             WallTime since,
                                             system::FileReader& files) {
    std::vector<JournalFile> found;
    for (const system::Place& folder : folders) {
        const auto entries = files.list(folder);
        if (!entries && entries.error().kind != ErrorKind::not_found) {
            return tl::unexpected(Error(entries.error()).while_doing("reading the journal"));
        }
        for (const system::Entry& entry : entries.value_or(std::vector<system::Entry>{})) {
            const bool is_journal = entry.kind == system::Kind::file &&
                                    entry.name.ends_with(journal_suffix) &&
                                    !entry.name.starts_with('.');
            if (!is_journal) {
                continue;
            }
            std::string run = entry.name.substr(0, entry.name.size() - journal_suffix.size());
            if (time_of_run(run).value_or(since) >= since) {
                found.push_back({.run = std::move(run), .place = folder.child(entry.name)});
            }
        }
    }
    std::ranges::stable_sort(found, std::ranges::greater{}, &JournalFile::run);
    return found;
}

}  // namespace

Result<bool> has_ended(const system::Place& folder,
                       std::string_view run,
                       system::FileReader& files) {
    const auto text = files.read_file(folder.child(std::string(run) + std::string(journal_suffix)),
                                      largest_journal);
    if (!text && text.error().kind == ErrorKind::not_found) {
        return true;
    }
    ENVKEEP_CHECK(text);
    RunReader reader{std::string(run)};
    reader.read(*text);
    return std::move(reader).take().is_finished;
}

Result<std::vector<RunRecord>> list_runs(const std::vector<system::Place>& folders,
                                         const system::Machine& machine,
                                         system::FileReader& files,
                                         const RunChoice& choice) {
    ENVKEEP_TRY(const std::vector<JournalFile> journals, journals_in(folders, choice.since, files));
    const auto here = machine.container();
    std::map<std::string, std::string> undone_by;
    std::vector<RunRecord> records;
    for (const JournalFile& journal : journals) {
        if (records.size() == choice.most) {
            break;
        }
        FoundRun found = read_run(journal, files);
        found.record.is_of_this_container = here && here->is_surely(found.record.run.container);
        // Newest first: a run that was itself taken back has no say any more on those before it.
        if (const auto by = undone_by.find(journal.run); by != undone_by.end()) {
            found.record.undone_by = by->second;
        } else {
            for (const std::string& undone : found.undoes) {
                undone_by.emplace(undone, journal.run);
            }
        }
        records.push_back(std::move(found.record));
        if (choice.is_last && choice.is_last(records.back())) {
            break;
        }
    }
    return records;
}

}  // namespace envkeep::store
