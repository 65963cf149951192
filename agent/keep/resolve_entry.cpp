// SPDX-License-Identifier: MIT
#include "keep/resolve_entry.hpp"

#include "envkeep/core/text.hpp"
#include "keep/resolve_glob.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace envkeep::keep {
namespace {

std::string_view word_of(manifest::How how) {
    switch (how) {
        case manifest::How::link:
            return "link";
        case manifest::How::copy:
            return "copy";
        case manifest::How::merge:
            return "merge";
        case manifest::How::packed:
            return "packed";
    }
    return "";
}

// The components of a pattern before the first one with a wildcard, and the rest.
std::pair<RelPath, RelPath> split_pattern(const RelPath& pattern) {
    RelPath fixed;
    RelPath rest;
    for (const std::string_view component : pattern.components()) {
        const bool is_fixed = rest.is_root() && !is_pattern(component);
        (is_fixed ? fixed : rest) = (is_fixed ? fixed : rest).child(component);
    }
    return {fixed, rest};
}

// Without what is below another path of the list.
std::vector<RelPath> topmost(const std::set<RelPath>& paths) {
    std::vector<RelPath> top;
    for (const RelPath& path : paths) {
        bool is_covered = false;
        for (RelPath up = path.parent(); !up.is_root() && !is_covered; up = up.parent()) {
            is_covered = paths.contains(up);
        }
        if (!is_covered) {
            top.push_back(path);
        }
    }
    return top;
}

class Collector {
  public:
    Collector(const manifest::Manifest& evaluated,
              PlaceFinder& finder,
              system::FileReader& files,
              Wanted& wanted)
        : manifest_(evaluated), finder_(finder), files_(files), wanted_(wanted) {}

    std::vector<Entry> collect(std::vector<Entry> more) {
        entries_.reserve(manifest_.keeps.size() + more.size());
        for (const manifest::Keep& keep : manifest_.keeps) {
            add(keep);
        }
        std::move(more.begin(), more.end(), std::back_inserter(entries_));
        if (!std::is_sorted(entries_.begin(), entries_.end(), stands_before)) {
            std::stable_sort(entries_.begin(), entries_.end(), stands_before);
        }
        drop_twins();
        return std::move(entries_);
    }

  private:
    void add(const manifest::Keep& keep) {
        Entry entry{.keep = &keep};
        Result<NamedPath> path = finder_.name(keep.path);
        if (!path) {
            entry.path = {.absolute = keep.path, .subject = keep.path};
            add_conflict(entry, path.error().message, {edit_command(manifest_, keep)}, wanted_);
            return;
        }
        entry.path = *std::move(path);
        if (is_pattern(keep.path)) {
            if (const auto added = add_matches(entry); !added) {
                add_conflict(
                    entry, added.error().message, {edit_command(manifest_, keep)}, wanted_);
            }
        } else {
            entries_.push_back(std::move(entry));
        }
    }

    Result<void> add_matches(const Entry& pattern) {
        const auto [fixed, rest] = split_pattern(pattern.path.below);
        ENVKEEP_TRY(const NamedPath base,
                    finder_.name(pattern.path.is_in_home ? fixed.text() : "/" + fixed.text()));
        const manifest::Keep& keep = *pattern.keep;
        Result<system::Place> source =
            keep.to ? finder_.source_of(*keep.to) : finder_.default_source(base);
        ENVKEEP_CHECK(source);
        const auto place = finder_.place_of(base);
        if (!place && place.error().kind != ErrorKind::not_found) {
            return tl::unexpected(place.error());
        }
        std::set<RelPath> found;
        ENVKEEP_TRY(auto stored, expand_pattern(rest, *source, HiddenNames::need_a_dot, files_));
        found.insert(stored.begin(), stored.end());
        if (place) {
            ENVKEEP_TRY(auto there, expand_pattern(rest, *place, HiddenNames::need_a_dot, files_));
            found.insert(there.begin(), there.end());
        }
        for (const RelPath& match : topmost(found)) {
            ENVKEEP_TRY(NamedPath path, finder_.name(base.absolute + "/" + match.text()));
            entries_.push_back({.keep = &keep,
                                .path = std::move(path),
                                .source = system::Place{.root = source->root,
                                                        .path = source->path.joined(match)}});
        }
        return {};
    }

    // A path that is written counts before one in a working copy, and that before a match of a
    // pattern; of two matches the first.
    void drop_twins() {
        std::vector<Entry> kept;
        kept.reserve(entries_.size());
        for (Entry& entry : entries_) {
            if (kept.empty() || kept.back().path.absolute != entry.path.absolute) {
                kept.push_back(std::move(entry));
            } else if (!entry.is_match()) {
                std::vector<std::string> commands{edit_command(manifest_, *entry.keep)};
                if (is_kept_dotfile(kept.back(), entry)) {
                    commands.insert(commands.begin(), edit_command(manifest_, *kept.back().keep));
                }
                add_conflict(
                    entry, reason_against_twin(kept.back(), entry), std::move(commands), wanted_);
            }
        }
        entries_ = std::move(kept);
    }

    static bool is_kept_dotfile(const Entry& first, const Entry& second) {
        return first.origin == Origin::keep && second.origin == Origin::dotfiles;
    }

    std::string reason_against_twin(const Entry& first, const Entry& second) {
        const std::string subject = quoted(second.path.subject);
        if (is_kept_dotfile(first, second)) {
            return fmt::format(
                "{} is under 'keep' and in the repository of 'dotfiles': {} counts, and {} is not "
                "linked; take it out of 'keep', or add it to 'ignore' of 'dotfiles'",
                subject,
                quoted(source_of(first)),
                quoted(source_of(second)));
        }
        if (first.origin == second.origin && second.origin == Origin::keep) {
            return fmt::format("{} is kept twice; the first entry counts", subject);
        }
        return fmt::format("{} is to lead to {} and to {}; the first of them counts",
                           subject,
                           quoted(source_of(first)),
                           quoted(source_of(second)));
    }

    std::string source_of(const Entry& entry) {
        if (entry.source) {
            return files_.absolute(*entry.source);
        }
        const auto source = entry.keep->to ? finder_.source_of(*entry.keep->to)
                                           : finder_.default_source(entry.path);
        return source ? files_.absolute(*source) : entry.keep->to.value_or(std::string());
    }

    const manifest::Manifest& manifest_;
    PlaceFinder& finder_;
    system::FileReader& files_;
    Wanted& wanted_;
    std::vector<Entry> entries_;
};

// Which of two entries for one path counts: the lower one.
int rank_of(const Entry& entry) {
    return entry.is_match() ? 2 : entry.origin != Origin::keep ? 1 : 0;
}

}  // namespace

bool stands_before(const Entry& one, const Entry& other) {
    const std::string& left = one.path.absolute;
    const std::string& right = other.path.absolute;
    const auto [in_left, in_right] =
        std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    if (in_left == left.end() || in_right == right.end()) {
        return in_left == left.end() && in_right == right.end() ? rank_of(one) < rank_of(other)
                                                                : in_left == left.end();
    }
    // The separator counts less than any other character.
    if (*in_left == '/' || *in_right == '/') {
        return *in_left == '/';
    }
    return static_cast<unsigned char>(*in_left) < static_cast<unsigned char>(*in_right);
}

std::vector<Entry> entries_of(const manifest::Manifest& evaluated,
                              std::vector<Entry> more,
                              PlaceFinder& finder,
                              system::FileReader& files,
                              Wanted& wanted) {
    return Collector(evaluated, finder, files, wanted).collect(std::move(more));
}

std::string edit_command(const manifest::Manifest& evaluated, const manifest::Keep& keep) {
    const std::string file = keep.mark.file < evaluated.files.size()
                                 ? evaluated.files[keep.mark.file]
                                 : std::string("manifest.yaml");
    return fmt::format("${{EDITOR:-vi}} +{} {}", keep.mark.line, shell_quoted(file));
}

void add_conflict(const Entry& entry,
                  std::string reason,
                  std::vector<std::string> commands,
                  Wanted& wanted) {
    const std::string source = entry.wanted ? entry.wanted->target : "";
    wanted.rows.push_back({.subject = entry.path.subject,
                           .place = entry.path.absolute,
                           .source = source,
                           .how = std::string(word_of(entry.keep->how)),
                           .state = model::KeepState::conflict});
    wanted.conflicts.push_back({.subject = entry.path.subject,
                                .place = entry.path.absolute,
                                .source = source,
                                .reason = std::move(reason),
                                .commands = std::move(commands)});
}

}  // namespace envkeep::keep
