// SPDX-License-Identifier: MIT
#include "keep/merge_text.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace envkeep::keep {
namespace {

// A command with what belongs to it, without the end of its last line.
struct HistoryEntry {
    std::string_view text;
    std::int64_t time = -1;  // seconds; below zero: none
};

using HistoryEntries = std::vector<HistoryEntry>;

constexpr std::ptrdiff_t most_lines = 1'000'000;
constexpr std::string_view fish_command = "- cmd:";
constexpr std::string_view fish_time = "  when: ";

// As many in a row are no chance.
constexpr std::size_t enough_in_a_row = 8;

// The number that the text begins with, up to `end`; below zero if there is none.
std::int64_t leading_number(std::string_view text, std::string_view end) {
    constexpr std::size_t most_digits = 18;
    std::int64_t number = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        if (++digits > most_digits) {
            return -1;
        }
        number = number * 10 + (text[digits - 1] - '0');
    }
    return digits > 0 && text.substr(digits).starts_with(end) ? number : -1;
}

// bash with HISTTIMEFORMAT: a line of its own before the command. Shorter ones are comments.
std::int64_t bash_time(std::string_view line) {
    constexpr std::size_t shortest = 10;
    return line.size() >= shortest && line.front() == '#' &&
                   line.find_first_not_of("0123456789", 1) == std::string_view::npos
               ? leading_number(line.substr(1), {})
               : -1;
}

// zsh with EXTENDED_HISTORY: ": 1700000000:0;make".
std::int64_t zsh_time(std::string_view line) {
    return line.starts_with(": ") ? leading_number(line.substr(2), ":") : -1;
}

bool goes_on(std::string_view line) {
    const std::size_t last = line.find_last_not_of('\\');
    const std::size_t slashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
    return slashes % 2 == 1;
}

class HistoryReader {
  public:
    explicit HistoryReader(std::string_view text) : text_(text) {
        is_fish_ = text.starts_with(fish_command);
    }

    HistoryEntries read() {
        while (at_ < text_.size()) {
            const std::size_t end = std::min(text_.find('\n', at_), text_.size());
            take(text_.substr(at_, end - at_));
            at_ = end + 1;
        }
        return std::move(entries_);
    }

  private:
    void take(std::string_view line) {
        const std::int64_t after_hash = is_fish_ ? -1 : bash_time(line);
        bool is_more = false;
        if (is_fish_) {
            is_more = !line.starts_with(fish_command);
        } else {
            is_more = after_hash < 0 && (is_in_timed_ || is_continued_);
        }
        if (is_more && !entries_.empty()) {
            HistoryEntry& entry = entries_.back();
            entry.text = {entry.text.data(), line.data() + line.size()};
            if (is_fish_ && line.starts_with(fish_time)) {
                entry.time = leading_number(line.substr(fish_time.size()), {});
            }
        } else {
            entries_.push_back(
                {.text = line, .time = after_hash < 0 ? zsh_time(line) : after_hash});
            is_in_timed_ = after_hash >= 0;
        }
        is_continued_ = !is_fish_ && goes_on(line);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool is_fish_ = false;
    bool is_in_timed_ = false;   // all up to the next time is one command
    bool is_continued_ = false;  // the line before ends with a backslash
    HistoryEntries entries_;
};

HistoryEntries entries_of(std::string_view text, bool is_newest_first) {
    HistoryEntries entries = HistoryReader(text).read();
    if (is_newest_first) {
        std::reverse(entries.begin(), entries.end());
    }
    return entries;
}

// How often each text is there.
class EntryCounts {
  public:
    explicit EntryCounts(const HistoryEntries& entries) {
        texts_.reserve(entries.size());
        for (const HistoryEntry& entry : entries) {
            texts_.push_back(entry.text);
        }
        std::sort(texts_.begin(), texts_.end());
        taken_.resize(texts_.size());
    }

    [[nodiscard]] bool has(std::string_view text) const {
        return std::binary_search(texts_.begin(), texts_.end(), text);
    }

    // False if all of that text were taken.
    bool take(std::string_view text) {
        const auto first = std::lower_bound(texts_.begin(), texts_.end(), text);
        if (first == texts_.end() || *first != text) {
            return false;
        }
        // The first of equal ones counts for all of them.
        std::size_t& taken = taken_[static_cast<std::size_t>(first - texts_.begin())];
        const auto next = first + static_cast<std::ptrdiff_t>(taken);
        if (next == texts_.end() || *next != text) {
            return false;
        }
        ++taken;
        return true;
    }

  private:
    std::vector<std::string_view> texts_;
    std::vector<std::size_t> taken_;
};

// How many entries at the end of `before` are those that `now` begins with (the search of Knuth,
// Morris and Pratt): a file that was cut at its beginning goes on from there.
std::size_t in_a_row(const HistoryEntries& before, const HistoryEntries& now) {
    std::vector<std::size_t> border(now.size(), 0);
    const auto step = [&](std::size_t at, std::string_view text) {
        while (at > 0 && (at == now.size() || now[at].text != text)) {
            at = border[at - 1];
        }
        return at < now.size() && now[at].text == text ? at + 1 : at;
    };
    for (std::size_t i = 1; i < now.size(); ++i) {
        border[i] = step(border[i - 1], now[i].text);
    }
    std::size_t matched = 0;
    for (const HistoryEntry& entry : before) {
        matched = step(matched, entry.text);
    }
    return matched;
}

bool is_line_start(std::string_view text, std::size_t at) {
    return at == 0 || at == text.size() || text[at - 1] == '\n' || text[at] == '\n';
}

HistoryEntries new_in_home(const Histories& histories) {
    const std::string_view before = histories.before.value_or(histories.store);
    const std::string_view home = histories.home;
    if (!histories.is_newest_first && home.starts_with(before) &&
        is_line_start(home, before.size())) {
        std::string_view rest = home.substr(before.size());
        if (!before.ends_with('\n') && rest.starts_with('\n') && !before.empty()) {
            rest.remove_prefix(1);
        }
        return entries_of(rest, false);
    }
    const HistoryEntries old = entries_of(before, histories.is_newest_first);
    HistoryEntries now = entries_of(home, histories.is_newest_first);
    const std::size_t known = in_a_row(old, now);
    if (known == old.size() || known >= enough_in_a_row) {
        now.erase(now.begin(), now.begin() + static_cast<std::ptrdiff_t>(known));
    } else {
        EntryCounts counts(old);
        std::erase_if(now, [&](const HistoryEntry& entry) { return counts.take(entry.text); });
    }
    return now;
}

// Where an entry without a time stands is told by those before it; with none before it, `first`.
void fill_times(HistoryEntries& entries, std::int64_t first) {
    std::int64_t latest = first;
    for (HistoryEntry& entry : entries) {
        latest = entry.time < 0 ? latest : std::max(latest, entry.time);
        entry.time = latest;
    }
}

}  // namespace

std::string united(const Histories& histories) {
    HistoryEntries stored = entries_of(histories.store, histories.is_newest_first);
    HistoryEntries fresh = new_in_home(histories);
    const EntryCounts in_store(stored);
    std::erase_if(fresh, [&](const HistoryEntry& entry) {
        return entry.time >= 0 && in_store.has(entry.text);  // the same command at the same time
    });
    if (fresh.empty()) {
        return std::string(histories.store);
    }
    const bool begins_timed = fresh.front().time >= 0;
    fill_times(stored, 0);
    fill_times(fresh, begins_timed ? 0 : std::numeric_limits<std::int64_t>::max());
    HistoryEntries all(stored.size() + fresh.size());
    std::merge(stored.begin(),
               stored.end(),
               fresh.begin(),
               fresh.end(),
               all.begin(),
               [](const auto& one, const auto& other) { return one.time < other.time; });
    if (histories.is_newest_first) {
        std::reverse(all.begin(), all.end());
    }
    std::string text;
    text.reserve(histories.store.size() + histories.home.size() + 1);
    for (const HistoryEntry& entry : all) {
        text.append(entry.text).push_back('\n');
    }
    return text;
}

bool holds_all(std::string_view all, std::string_view part) {
    if (all.starts_with(part) && is_line_start(all, part.size())) {
        return true;
    }
    EntryCounts counts(entries_of(all, false));
    const HistoryEntries wanted = entries_of(part, false);
    return std::all_of(wanted.begin(), wanted.end(), [&](const HistoryEntry& entry) {
        return counts.take(entry.text);
    });
}

bool is_history(std::string_view text) {
    return text.find('\0') == std::string_view::npos &&
           std::count(text.begin(), text.end(), '\n') <= most_lines;
}

}  // namespace envkeep::keep
