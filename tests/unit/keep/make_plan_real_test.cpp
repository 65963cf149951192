// SPDX-License-Identifier: MIT
#include "unit/keep/plan_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The rows of docs/conflicts.md for links where home and store both have something.
namespace envkeep::keep::testing {
namespace {

using manifest::KeepKind;
using manifest::OnConflict;
using manifest::Preset;

const std::string seed_line = "seed /root/.x -> /storage/envkeep/home/.x";
const std::string held_line = "replace_by_link /root/.x -> /storage/envkeep/home/.x (held)";
const std::string aside_line = "replace_by_link /root/.x -> /storage/envkeep/home/.x (only here)";
const std::string back_line = "copy_back /root/.x -> /storage/envkeep/home/.x";

void two_files(KeepSeen& seen, Sameness sameness) {
    seen.home = a_file(1);
    seen.store = a_file(2);
    seen.sameness = sameness;
}

void changed_file(KeepSeen& seen) {
    two_files(seen, Sameness::differs);
    seen.changed_in_session = true;
}

void two_folders(KeepSeen& seen, Sameness sameness) {
    seen.home = a_folder();
    seen.store = a_folder();
    seen.sameness = sameness;
}

Difference missing(const std::string& path) {
    return {.path = RelPath::parse(path).value(), .home = a_file()};
}

// `both` is on both sides with other bytes, `kind` is a file here and a folder there, `new` is only
// in the home.
void merged_folders(KeepSeen& seen) {
    two_folders(seen, Sameness::differs);
    seen.missing_in_store = {missing("new")};
    seen.differing = {
        {.path = RelPath::parse("both").value(), .home = a_file(1), .store = a_file(2)},
        {.path = RelPath::parse("kind").value(), .home = a_file(1), .store = a_folder()}};
}

const std::vector<Row> file_rows{
    {"same_bytes",
     [](WantedKeep&, KeepSeen& seen) { two_files(seen, Sameness::same); },
     {held_line}},
    {"same_bytes_on_a_read_only_store",
     [](WantedKeep&, KeepSeen& seen) { two_files(seen, Sameness::same); },
     {held_line},
     read_only},
    {"same_bytes_and_stop",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         two_files(seen, Sameness::same);
     },
     {held_line}},
    {"differs_and_is_the_images",
     [](WantedKeep&, KeepSeen& seen) { two_files(seen, Sameness::differs); },
     {aside_line}},
    {"differs_and_was_changed",
     [](WantedKeep&, KeepSeen& seen) { changed_file(seen); },
     {"conflict: it was changed in this session and differs from the store's"}},
    {"differs_and_was_changed_and_store",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::store;
         changed_file(seen);
     },
     {aside_line}},
    {"differs_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         two_files(seen, Sameness::differs);
     },
     {back_line, held_line}},
    {"differs_and_stop",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         two_files(seen, Sameness::differs);
     },
     {"conflict: it differs from the store's, and the manifest says 'on_conflict: stop'"}},
    {"changed_and_home_taken",
     [](WantedKeep&, KeepSeen& seen) { changed_file(seen); },
     {back_line, held_line},
     take(Take::home)},
    {"changed_and_store_taken",
     [](WantedKeep&, KeepSeen& seen) { changed_file(seen); },
     {aside_line},
     take(Take::store)},
    {"home_taken_on_a_read_only_store",
     [](WantedKeep&, KeepSeen& seen) { changed_file(seen); },
     {"conflict: the home's is to win, but the store can only be read"},
     [](PlanContext& context) {
         take(Take::home)(context);
         read_only(context);
     }},
    {"program_replaced_the_link",
     [](WantedKeep&, KeepSeen& seen) {
         changed_file(seen);
         seen.was_linked_here = true;
         seen.store_as_restored = true;
     },
     {back_line, held_line}},
    {"program_replaced_the_link_and_the_store_changed",
     [](WantedKeep&, KeepSeen& seen) {
         changed_file(seen);
         seen.was_linked_here = true;
     },
     {"conflict: it was changed in this session and differs from the store's"}},
    {"program_replaced_the_link_on_a_read_only_store",
     [](WantedKeep&, KeepSeen& seen) {
         changed_file(seen);
         seen.was_linked_here = true;
         seen.store_as_restored = true;
     },
     {"conflict: it was changed in this session and differs from the store's"},
     read_only},
    {"differs_from_a_link_in_the_store",
     [](WantedKeep&, KeepSeen& seen) {
         two_files(seen, Sameness::unknown);
         seen.store = a_link();
     },
     {aside_line}},
    {"home_taken_over_a_link_in_the_store",
     [](WantedKeep&, KeepSeen& seen) {
         two_files(seen, Sameness::unknown);
         seen.store = a_link();
     },
     {"conflict: the home's is to win, but the store's is a link"},
     take(Take::home)},
};

const std::vector<Row> folder_rows{
    {"same", [](WantedKeep&, KeepSeen& seen) { two_folders(seen, Sameness::same); }, {held_line}},
    {"the_store_has_more",
     [](WantedKeep&, KeepSeen& seen) { two_folders(seen, Sameness::home_is_subset); },
     {held_line}},
    {"differs",
     [](WantedKeep&, KeepSeen& seen) { merged_folders(seen); },
     {"seed /root/.x/new -> /storage/envkeep/home/.x/new", aside_line}},
    {"differs_by_links",
     [](WantedKeep&, KeepSeen& seen) {
         two_folders(seen, Sameness::differs);
         seen.missing_in_store = {
             {.path = RelPath::parse("new").value(), .home = a_link(), .home_target = "other"}};
     },
     {"seed /root/.x/new -> /storage/envkeep/home/.x/new", aside_line}},
    {"differs_by_links_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         two_folders(seen, Sameness::differs);
         seen.differing = {{.path = RelPath::parse("both").value(),
                            .home = a_link(),
                            .store = a_link(),
                            .home_target = "here",
                            .store_target = "there"}};
     },
     {"move_aside /storage/envkeep/home/.x/both",
      "seed /root/.x/both -> /storage/envkeep/home/.x/both",
      held_line}},
    {"differs_though_changed",
     [](WantedKeep&, KeepSeen& seen) {
         merged_folders(seen);
         seen.changed_in_session = true;
     },
     {"seed /root/.x/new -> /storage/envkeep/home/.x/new", aside_line}},
    {"differs_with_excluded_in_what_is_new",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.leaves_out = {RelPath::parse("new/cache").value(), RelPath::parse("old").value()};
         merged_folders(seen);
     },
     {"seed /root/.x/new -> /storage/envkeep/home/.x/new without cache", aside_line}},
    {"differs_and_store",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::store;
         merged_folders(seen);
     },
     {aside_line}},
    {"differs_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         merged_folders(seen);
     },
     {"seed /root/.x/new -> /storage/envkeep/home/.x/new",
      "copy_back /root/.x/both -> /storage/envkeep/home/.x/both",
      "move_aside /storage/envkeep/home/.x/kind",
      "seed /root/.x/kind -> /storage/envkeep/home/.x/kind",
      held_line}},
    {"differs_and_stop",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         merged_folders(seen);
     },
     {"conflict: it differs from the store's, and the manifest says 'on_conflict: stop'"}},
    {"differs_on_a_read_only_store",
     [](WantedKeep&, KeepSeen& seen) { merged_folders(seen); },
     {aside_line},
     read_only},
};

const std::vector<Row> kind_rows{
    {"file_over_a_folder",
     [](WantedKeep&, KeepSeen& seen) {
         seen.home = a_file();
         seen.store = a_folder();
     },
     {aside_line}},
    {"folder_over_a_file",
     [](WantedKeep&, KeepSeen& seen) {
         seen.home = a_folder();
         seen.store = a_file();
     },
     {aside_line}},
    {"changed_file_over_a_folder",
     [](WantedKeep&, KeepSeen& seen) {
         seen.home = a_file();
         seen.store = a_folder();
         seen.changed_in_session = true;
     },
     {"conflict: it was changed in this session and differs from the store's"}},
    {"changed_folder_over_a_file",
     [](WantedKeep&, KeepSeen& seen) {
         seen.home = a_folder();
         seen.store = a_file();
         seen.changed_in_session = true;
     },
     {"conflict: it was changed in this session and differs from the store's"}},
    {"file_over_a_folder_and_home",
     [](WantedKeep&, KeepSeen& seen) {
         seen.home = a_file();
         seen.store = a_folder();
     },
     {"move_aside /storage/envkeep/home/.x", seed_line, held_line},
     take(Take::home)},
    {"store_of_the_wrong_kind",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.kind = KeepKind::file;
         seen.store = a_folder();
     },
     {"conflict: the store holds a folder where the manifest wants a file"}},
    {"home_of_the_wrong_kind_and_nothing",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.kind = KeepKind::folder;
         seen.home = a_file();
     },
     {"conflict: a file stands where the manifest wants a folder"}},
    {"home_of_the_wrong_kind_and_the_store_right",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.kind = KeepKind::folder;
         seen.home = a_file();
         seen.store = a_folder();
     },
     {aside_line}},
};

class MakePlanReal : public ::testing::TestWithParam<Row> {};

TEST_P(MakePlanReal, FollowsTheTable) {
    EXPECT_THAT(lines_for(GetParam(), Form::link),
                ::testing::ElementsAreArray(GetParam().expected));
}

std::string name_of_row(const ::testing::TestParamInfo<Row>& info) {
    return info.param.name;
}

using ::testing::ValuesIn;
INSTANTIATE_TEST_SUITE_P(File, MakePlanReal, ValuesIn(file_rows), name_of_row);
INSTANTIATE_TEST_SUITE_P(Folder, MakePlanReal, ValuesIn(folder_rows), name_of_row);
INSTANTIATE_TEST_SUITE_P(Kind, MakePlanReal, ValuesIn(kind_rows), name_of_row);

}  // namespace
}  // namespace envkeep::keep::testing
