// SPDX-License-Identifier: MIT
#include "keep/apply_actions.hpp"

#include "envkeep/core/match.hpp"
#include "envkeep/core/text.hpp"
#include "keep/apply_move.hpp"
#include "keep/link_marks.hpp"
#include "keep/merge_memory.hpp"
#include "keep/own_names.hpp"
#include "keep/replace_by_link.hpp"
#include "keep/room_for_copy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::keep {

using store::Change;
using system::Kind;
using system::Place;

namespace {

std::optional<std::uint32_t> mode_in(const std::vector<model::CopiedMode>& modes,
                                     const RelPath& below) {
    const auto found = std::ranges::lower_bound(modes, below, {}, &model::CopiedMode::below);
    return found != modes.end() && found->below == below ? std::optional(found->mode)
                                                         : std::nullopt;
}

}  // namespace

Actions::Actions(const model::Plan& plan,
                 const ApplyContext& context,
                 system::FileReader& files,
                 system::FileWriter& writer)
    : work_{.files = files,
            .writer = writer,
            .journal = *context.journal,
            .aside = AsidePlaces(context.journal->run().id, files, writer),
            .renew = context.renew},
      home_(context.home),
      may_change_store_(context.may_change_store),
      store_side_(plan, files),
      records_(plan, context.home, files) {
    if (context.store) {
        records_.know(*context.store);
    }
}

Result<void> Actions::carry_out(const model::Action& action) {
    return match(action, [this](const auto& one) { return this->carry_out(one); });
}

bool Actions::is_light(const model::Action& action) {
    if (const auto* const link = std::get_if<model::MakeLink>(&action)) {
        return has_parents(work_, link->place).value_or(false);
    }
    return std::holds_alternative<model::SetMode>(action);
}

Change Actions::change_of(const model::Action& action) const {
    if (const auto* const link = std::get_if<model::MakeLink>(&action)) {
        Change change = changed(Change::Kind::made_link, link->place);
        change.text = link->target;
        return change;
    }
    const auto& mode = std::get<model::SetMode>(action);
    Change change = changed(Change::Kind::set_mode, mode.place);
    change.old_mode = mode.seen.mode;
    change.new_mode = mode.new_mode;
    return change;
}

Result<void> Actions::carry_out_light(const model::Action& action) {
    if (const auto* const link = std::get_if<model::MakeLink>(&action)) {
        return make_link(*link);
    }
    return set_mode(std::get<model::SetMode>(action));
}

Change Actions::changed(Change::Kind kind, const Place& place) const {
    return {
        .kind = kind, .is_in_store = store_side_.holds(place), .path = work_.files.absolute(place)};
}

void Actions::went_aside(const Place& aside,
                         const Place& original,
                         bool is_in_store,
                         std::vector<RelPath> leaves_out) {
    std::string shown = work_.files.absolute(aside);
    const std::string home = work_.files.root_path(home_);
    if (shown.starts_with(home + '/')) {
        shown = fmt::format("~{}", std::string_view(shown).substr(home.size()));
    }
    remark(work_, fmt::format("was moved to {}", printable(shown)));
    if (!is_in_store) {
        asides_.push_back({.place = aside,
                           .original = work_.files.absolute(original),
                           .leaves_out = std::move(leaves_out)});
    }
}

void Actions::tell_left_out(const system::CopyReport& report, const Place& from) {
    const std::string path = work_.files.absolute(from);
    if (!report.lost_attributes.empty()) {
        tell_lost_attributes(report, path);
    }
    if (report.left_out.empty()) {
        return;
    }
    findings_.push_back(
        {.id = "keep-not-copied",
         .severity = model::Severity::warning,
         .subject = path,
         .title = fmt::format("{} {} not copied: only files, folders and links can be kept",
                              counted(report.left_out.size(), "thing"),
                              report.left_out.size() == 1 ? "was" : "were"),
         .fix = {.text =
                     "programs make sockets and pipes anew; name them under 'exclude' of the keep "
                     "to hear no more of them"}});
    for (const std::string& name : report.left_out) {
        findings_.back().evidence.push_back(fmt::format("{}/{}", path, name));
    }
}

void Actions::tell_lost_attributes(const system::CopyReport& report, const std::string& path) {
    findings_.push_back(
        {.id = "keep-attributes-lost",
         .severity = model::Severity::warning,
         .subject = path,
         .title = fmt::format("extended attributes of {} were not copied: the file system of the "
                              "copy does not keep them",
                              counted(report.lost_attributes.size(), "thing")),
         .fix = {.text = "what stood there is aside with all of them until this container ends"}});
    for (const std::string& name : report.lost_attributes) {
        findings_.back().evidence.push_back(name.empty() ? path : fmt::format("{}/{}", path, name));
    }
}

Result<void> Actions::carry_out(const model::MakeFolder& action) {
    ENVKEEP_TRY(const system::Status seen, work_.files.status(action.place));
    if (seen.kind == Kind::folder) {
        remark(work_, "was there already");
        return {};
    }
    const Change change = changed(Change::Kind::made_folder, action.place);
    ENVKEEP_CHECK(make_parents(work_, action.place, change.is_in_store));
    return journaled(
        work_, {change}, [&] { return work_.writer.make_folder(action.place, action.mode); });
}

Result<void> Actions::carry_out(const model::MakeFile& action) {
    ENVKEEP_TRY(const system::Status seen, work_.files.status(action.place));
    if (seen.kind == Kind::file) {
        remark(work_, "was there already");
        return {};
    }
    const Change change = changed(Change::Kind::made_file, action.place);
    ENVKEEP_CHECK(make_parents(work_, action.place, change.is_in_store));
    return journaled(work_, {change}, [&] {
        return work_.writer.write_file(action.place, {}, action.mode, std::nullopt);
    });
}

Result<void> Actions::carry_out(const model::MakeLink& action) {
    const Change change = change_of(action);
    ENVKEEP_CHECK(make_parents(work_, action.place, change.is_in_store));
    return journaled(work_, {change}, [&] { return make_link(action); });
}

Result<void> Actions::make_link(const model::MakeLink& action) {
    ENVKEEP_CHECK(work_.writer.make_link(action.place, action.target));
    records_.linked(action.place, action.target);
    return {};
}

Result<void> Actions::carry_out(const model::ReplaceLink& action) {
    if (!action.is_ours) {
        Replacement wanted = by_link(work_, action.place, {.kind = Kind::link}, action.new_target);
        wanted.old_target = action.old_target;
        ENVKEEP_TRY(const Place aside, replace(work_, wanted));
        went_aside(aside, action.place, false);
    } else {
        Change change = changed(Change::Kind::replaced_link, action.place);
        change.other = action.old_target;
        change.text = action.new_target;
        mark_link(home_, change.path, action.old_target, work_.writer);
        ENVKEEP_CHECK(journaled(work_, {change}, [&] {
            return work_.writer.replace_link(action.place, action.old_target, action.new_target);
        }));
    }
    records_.linked(action.place, action.new_target);
    return {};
}

Result<void> Actions::carry_out(const model::ReplaceLinkByFolder& action) {
    const Replacement wanted{
        .place = action.place,
        .seen = {.kind = Kind::link},
        .old_target = action.old_target,
        .keeps_old = !action.is_ours,
        .made = changed(Change::Kind::made_folder, action.place),
        .make = [&](const Place& spot) { return work_.writer.make_folder(spot, action.mode); },
        .discard = [&](const Place& spot) { return work_.writer.remove_empty_folder(spot); }};
    if (action.is_ours) {
        mark_link(home_, wanted.made.path, action.old_target, work_.writer);
    }
    ENVKEEP_TRY(const Place aside, replace(work_, wanted));
    if (!action.is_ours) {
        went_aside(aside, action.place, false);
    }
    return {};
}

Result<void> Actions::carry_out(const model::Seed& action) {
    ENVKEEP_CHECK(check_kind_still(action.from, action.seen));
    ENVKEEP_CHECK(check_room_for_copy(action.from, action.to, action.leaves_out, work_.files));
    const std::set<RelPath> left_out(action.leaves_out.begin(), action.leaves_out.end());
    Result<void> copied =
        copy_new(action.from,
                 action.to,
                 {.file_bound = action.file_bound,
                  .folder_bound = action.folder_bound,
                  .leaves_out =
                      [&](const RelPath& below) {
                          return left_out.contains(below) || is_own_name(below.name());
                      },
                  .before_each = work_.renew});
    if (!copied && copied.error().kind == ErrorKind::permission_denied &&
        action.seen.kind == Kind::folder) {
        copied.error().hint +=
            "; what is named under 'exclude' of the keep stays in the home, and the rest is kept";
    }
    ENVKEEP_CHECK(copied);
    records_.seeded(action.from, action.to);
    brought_.push_back({.from = action.from,
                        .to = action.to,
                        .leaves_out = action.leaves_out,
                        .file_bound = action.file_bound,
                        .folder_bound = action.folder_bound});
    return {};
}

// A link is copied with the text that it has by then.
Result<void> Actions::check_kind_still(const Place& place, const system::Status& seen) {
    if (seen.kind != Kind::link) {
        return check_still(work_.files, place, seen, {});
    }
    const auto target = work_.files.read_link(place);
    return check_still(work_.files, place, seen, target.value_or(std::string{}));
}

Result<void> Actions::copy_new(const Place& from,
                               const Place& to,
                               const system::CopyOptions& options) {
    Change change = changed(Change::Kind::copied, to);
    change.other = work_.files.absolute(from);
    ENVKEEP_CHECK(make_parents(work_, to, change.is_in_store));
    return journaled(work_, {change}, [&]() -> Result<void> {
        const Result<system::CopyReport> copied =
            work_.writer.copy(from, to, options, std::nullopt);
        if (!copied && copied.error().kind == ErrorKind::already_exists) {
            return failure(
                ErrorKind::conflict,
                fmt::format("cannot copy {} to {}: something stands there by now",
                            quoted(change.other),
                            quoted(change.path)),
                "another session may have put it there; 'envkeep plan' shows what is to be "
                "done now");
        }
        ENVKEEP_CHECK(copied);
        tell_left_out(*copied, from);
        return {};
    });
}

Result<void> Actions::carry_out(const model::ReplaceByLink& action) {
    ENVKEEP_TRY(const Place aside,
                replace(work_, by_link(work_, action.place, action.seen, action.target)));
    const std::optional<Place> source = records_.place_of(action.target);
    const bool is_held = source && settle_all({.aside = aside,
                                               .place = action.place,
                                               .source = *source,
                                               .target = *source,
                                               .is_in_store = action.is_in_store});
    went_aside(aside, action.place, is_held);
    records_.linked(action.place, action.target);
    return {};
}

Result<void> Actions::carry_out(const model::MoveAside& action) {
    ENVKEEP_CHECK(check_still(work_.files, action.place, action.seen, action.old_target));
    ENVKEEP_TRY(const Place aside, work_.aside.take(action.place));
    Change change = changed(Change::Kind::moved, aside);
    change.other = work_.files.absolute(action.place);
    Result<void> moved = journaled(work_, {change}, [&] {
        return move_apart(work_, action.place, aside, action.seen, action.old_target);
    });
    if (!moved) {
        work_.aside.give_back(aside);
        return moved;
    }
    went_aside(aside, action.place, false);
    return {};
}

Result<void> Actions::carry_out(const model::CopyIn& action) {
    system::CopyOptions options{.file_bound = action.file_bound,
                                .folder_bound = action.folder_bound,
                                .before_each = work_.renew};
    // Another session may just be writing something there.
    options.leaves_out = [&](const RelPath& below) {
        return is_own_name(below.name()) || std::ranges::binary_search(action.leaves_out, below);
    };
    if (!action.modes.empty()) {
        options.mode_of = [&](const RelPath& below) { return mode_in(action.modes, below); };
    }
    if (action.merges) {
        ENVKEEP_CHECK(put_journals_aside(action.to));
    }
    if (action.seen.kind == Kind::absent) {
        ENVKEEP_CHECK(copy_new(action.from, action.to, options));
    } else {
        ENVKEEP_CHECK(replace_copy(action, options));
    }
    if (action.merges) {
        MergeMemory(home_, work_.files, work_.writer).remember_content_of(action.to, action.from);
    }
    if (action.is_packed) {
        records_.brought(action.to, action.from);
    } else {
        records_.copied(action.to, action.from);
    }
    return {};
}

Result<void> Actions::replace_copy(const model::CopyIn& action,
                                   const system::CopyOptions& options) {
    Change made = changed(Change::Kind::copied, action.to);
    made.other = work_.files.absolute(action.from);
    system::CopyReport report;
    const Replacement wanted{
        .place = action.to,
        .seen = action.seen,
        .old_target = action.old_target,
        .made = made,
        .make = [&](const Place& spot) -> Result<void> {
            ENVKEEP_TRY(report, work_.writer.copy(action.from, spot, options, std::nullopt));
            return {};
        },
        .discard = [&](const Place& spot) { return work_.writer.remove_own_tree(spot); }};
    ENVKEEP_TRY(const Place aside, replace(work_, wanted));
    tell_left_out(report, action.from);
    // A link of ours holds nothing.
    const bool is_held = action.seen.kind == Kind::link
                             ? action.is_in_store
                             : settle_all({.aside = aside,
                                           .place = action.to,
                                           .source = action.from,
                                           .target = action.to,
                                           .is_in_store = action.is_in_store,
                                           .leaves_out = action.leaves_out});
    went_aside(aside, action.to, is_held, action.leaves_out);
    return {};
}

Result<void> Actions::carry_out(const model::SetMode& action) {
    return journaled(work_, {change_of(action)}, [&] { return set_mode(action); });
}

Result<void> Actions::set_mode(const model::SetMode& action) {
    ENVKEEP_TRY(const system::Status now, work_.files.status(action.place));
    if (now.kind != action.seen.kind || now.mode != action.seen.mode) {
        return failure(ErrorKind::conflict,
                       fmt::format("{} changed since the plan was made",
                                   quoted(work_.files.absolute(action.place))),
                       "run 'envkeep plan' to see what is there now");
    }
    if (!action.widens && (action.new_mode & ~now.mode & 077) != 0) {
        return failure(ErrorKind::unsupported,
                       fmt::format("a preset does not widen the mode of {} from {} to {}",
                                   quoted(work_.files.absolute(action.place)),
                                   octal(now.mode),
                                   octal(action.new_mode)));
    }
    return work_.writer.set_mode(action.place, now, action.new_mode);
}

}  // namespace envkeep::keep
