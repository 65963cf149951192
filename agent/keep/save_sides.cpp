// SPDX-License-Identifier: MIT
#include "keep/save_sides.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/working_copies.hpp"
#include "keep/modes_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace envkeep::keep {

using system::Kind;
using system::Status;

namespace {

constexpr unsigned most_versions = 999;

}  // namespace

void SaveWriter::hold(const SavePair& pair) {
    if (pair.record != nullptr) {
        plan_.unchanged.push_back(*pair.record);
    }
}

void SaveWriter::refresh(const SavePair& pair, const SaveSides& sides) {
    plan_.unchanged.push_back({.place = files_.absolute(pair.home),
                               .source = files_.absolute(pair.store),
                               .digest = sides.digest,
                               .home_seen = sides.home,
                               .store_seen = sides.store,
                               .is_link = pair.is_link});
}

void SaveWriter::seed(const SavePair& pair, const Status& home, std::vector<RelPath> leaves_out) {
    const bool is_file = home.kind == Kind::file;
    const std::uint32_t in_folder = bound_of(pair.preset, {}, Kind::file, false);
    add_step(pair,
             model::Seed{.from = pair.home,
                         .to = pair.store,
                         .seen = home,
                         .leaves_out = std::move(leaves_out),
                         .file_bound = is_file ? file_bound(pair, home) : in_folder,
                         .folder_bound = bound_of(pair.preset, {}, Kind::folder, false)},
             "new here");
}

void SaveWriter::copy_back(const SavePair& pair, const Status& home, const Status& store) {
    add_step(pair,
             model::CopyBack{.from = pair.home,
                             .to = pair.store,
                             .from_seen = home,
                             .to_seen = store,
                             .bound = home.kind == Kind::file ? file_bound(pair, home) : 07777U},
             pair.record != nullptr && pair.record->is_link ? "a file stands where the link was"
                                                            : "changed here");
}

void SaveWriter::bring_united(const SavePair& pair,
                              const Status& home,
                              const Status& store,
                              const Merged& merged) {
    add_step(pair,
             model::CopyBack{.from = merged.prepared,
                             .to = pair.store,
                             .from_seen = merged.seen,
                             .to_seen = store,
                             .bound = file_bound(pair, home),
                             .merges = true,
                             .holds_old = merged.holds_old},
             store.kind == Kind::absent  ? "new here"
             : merged.digest == Digest{} ? "merged with what others wrote"
                                         : "changed here");
    plan_.after.back() = store::RestoredFile{.place = files_.absolute(pair.home),
                                             .source = files_.absolute(pair.store),
                                             .digest = merged.digest,
                                             .home_seen = home,
                                             .store_seen = {},
                                             .is_link = pair.is_link};
}

void SaveWriter::keep_both(const SavePair& pair,
                           const Status& home,
                           std::vector<RelPath> leaves_out) {
    if (holds_version_beside(pair, home)) {
        return;
    }
    const std::optional<system::Place> beside = free_name_beside(pair.store);
    if (!beside) {
        say_failed(pair,
                   {.kind = ErrorKind::already_exists,
                    .message = fmt::format("there are too many versions of {} in the store",
                                           quoted(files_.absolute(pair.store))),
                    .hint = "remove those that you do not need"});
        hold(pair);
        return;
    }
    SavePair other = pair;
    other.store = *beside;
    seed(other, home, std::move(leaves_out));
    plan_.steps.back().why = "changed here and in the store";
    say_both(pair, *beside);
}

// Where what was remembered is lost again and again, as where two containers have one home, each
// save would keep the same once more.
bool SaveWriter::holds_version_beside(const SavePair& pair, const Status& home) {
    for (unsigned n = 1; n <= most_versions; ++n) {
        SavePair version = pair;
        version.store = pair.store.parent().child(name_beside(pair.store.path.name(), session_, n));
        const auto status = files_.status(version.store);
        if (!status || status->kind == Kind::absent) {
            return false;
        }
        const std::optional<Digest> digest = shared_content(version, home, *status);
        if (digest) {
            refresh(version, {.home = home, .store = *status, .digest = *digest});
            say_both(pair, version.store);
            return true;
        }
    }
    return false;
}

// None if the two differ, or if that cannot be told of them.
std::optional<Digest> SaveWriter::shared_content(const SavePair& pair,
                                                 const Status& home,
                                                 const Status& store) {
    if (home.kind == Kind::link && store.kind == Kind::link) {
        const auto here = files_.read_link(pair.home);
        const auto there = files_.read_link(pair.store);
        return here && there && *here == *there ? std::optional(digest_of(*here)) : std::nullopt;
    }
    if (home.kind != Kind::file || store.kind != Kind::file || home.size != store.size ||
        !files_.has_same_bytes(pair.home, pair.store).value_or(false)) {
        return std::nullopt;
    }
    const auto digest = files_.digest(pair.store);
    return digest ? std::optional(*digest) : std::nullopt;
}

void SaveWriter::say_both(const SavePair& pair, const system::Place& beside) {
    // A side is taken for a keep as a whole.
    const std::string home = files_.absolute(pair.kept);
    const std::string store = files_.absolute(pair.store);
    const std::string kept = files_.absolute(beside);
    const std::string all_of_it =
        pair.home == pair.kept ? std::string() : fmt::format(", for all of {}", printable(home));
    plan_.findings.push_back(
        {.id = "save-both-kept",
         .severity = model::Severity::warning,
         .subject = pair.subject,
         .title = "changed here and in the store: both are kept",
         .is_cause = false,
         .evidence = {fmt::format("{}: the store's version", printable(store)),
                      fmt::format("{}: the version of this home", printable(kept))},
         .fix = {.who = model::Who::user,
                 .commands = {fmt::format("diff -u {} {}", shell_quoted(store), shell_quoted(kept)),
                              "envkeep restore --take home " + shell_quoted(home),
                              "envkeep restore --take store " + shell_quoted(home)},
                 .text = fmt::format("take one of the two{}, then remove what you do not need",
                                     all_of_it)}});
}

void SaveWriter::say_failed(const SavePair& pair, const Error& error) {
    plan_.findings.push_back(
        {.id = "save-failed",
         .severity = model::Severity::warning,
         .subject = pair.subject,
         .title = pair.subject + " could not be compared with the store",
         .is_cause = false,
         .evidence = {error.message},
         .fix = {.who = model::Who::user, .commands = {}, .text = error.hint}});
    plan_.unsaved.push_back({.subject = pair.subject, .reason = error.message, .cure = error.hint});
}

void SaveWriter::add_evidence(const SavePair& pair, const std::string& text) {
    if (!plan_.findings.empty() && plan_.findings.back().subject == pair.subject) {
        plan_.findings.back().evidence.push_back(text);
    }
}

SavePlan SaveWriter::take(std::vector<store::RestoredFile> rest) {
    std::ranges::move(rest, std::back_inserter(plan_.unchanged));
    return std::move(plan_);
}

std::optional<system::Place> SaveWriter::free_name_beside(const system::Place& source) {
    for (unsigned n = 1; n <= most_versions; ++n) {
        const system::Place beside =
            source.parent().child(name_beside(source.path.name(), session_, n));
        if (taken_.contains(beside)) {
            continue;
        }
        const auto status = files_.status(beside);
        if (!status) {
            return std::nullopt;
        }
        if (status->kind == Kind::absent) {
            taken_.insert(beside);
            return beside;
        }
    }
    return std::nullopt;
}

// A file that is not open to others needs no look at what it holds.
std::uint32_t SaveWriter::file_bound(const SavePair& pair, const Status& home) {
    const auto bound = [&](bool is_key) {
        return bound_of(pair.preset, pair.home.path, Kind::file, is_key);
    };
    if ((home.mode & bound(false)) == (home.mode & bound(true))) {
        return bound(true);
    }
    return bound(keys_.is_key(pair.home, home).value_or(true));
}

void SaveWriter::add_step(const SavePair& pair, model::Action action, std::string why) {
    plan_.before.push_back(pair.record != nullptr ? std::optional(*pair.record) : std::nullopt);
    plan_.after.emplace_back();
    plan_.steps.push_back({.group = plan_.steps.size(),
                           .action = std::move(action),
                           .subject = pair.subject,
                           .why = std::move(why)});
}

std::string name_beside(std::string_view name, std::string_view session, unsigned n) {
    constexpr std::size_t longest = 255;
    const std::string suffix = fmt::format(".from-{}-{}", session.empty() ? "session" : session, n);
    std::size_t end = std::min(name.size(), longest - std::min(longest, suffix.size()));
    while (end > 0 && end < name.size() &&
           (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return std::string(name.substr(0, end)) + suffix;
}

bool is_beside(std::string_view path, std::string_view source) {
    const std::size_t slash = path.rfind('/');
    return path != source && slash != std::string_view::npos && slash == source.rfind('/') &&
           path.substr(0, slash) == source.substr(0, slash) &&
           store::is_name_beside(path.substr(slash + 1));
}

}  // namespace envkeep::keep
