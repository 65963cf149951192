// SPDX-License-Identifier: MIT
#include "unit/keep/plan_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The rows of docs/conflicts.md for links where one side has nothing, or a link stands there.
namespace envkeep::keep::testing {
namespace {

using manifest::KeepKind;
using manifest::OnConflict;
using manifest::Preset;

const std::string link_line = "make_link /root/.x -> /storage/envkeep/home/.x";
const std::string seed_line = "seed /root/.x -> /storage/envkeep/home/.x";
const std::string held_line = "replace_by_link /root/.x -> /storage/envkeep/home/.x (held)";
const std::string aside_line = "replace_by_link /root/.x -> /storage/envkeep/home/.x (only here)";
const std::string store_folder_line = "make_folder /storage/envkeep/home/.x 0755";

void our_link(KeepSeen& seen, LinkKind kind, const std::string& target) {
    seen.home = a_link();
    seen.link = kind;
    seen.target = target;
}

const std::vector<Row> nothing_rows{
    {"nothing_and_a_store",
     [](WantedKeep&, KeepSeen& seen) { seen.store = a_folder(); },
     {link_line}},
    {"nothing_and_nothing", [](WantedKeep&, KeepSeen&) {}, {store_folder_line, link_line}},
    {"nothing_and_nothing_of_a_file",
     [](WantedKeep& keep, KeepSeen&) { keep.kind = KeepKind::file; },
     {"make_file /storage/envkeep/home/.x 0600", link_line}},
    {"nothing_and_nothing_of_a_private_folder",
     [](WantedKeep& keep, KeepSeen&) { keep.preset = Preset::ssh; },
     {"make_folder /storage/envkeep/home/.x 0700", link_line}},
    {"nothing_and_nothing_of_a_match",
     [](WantedKeep& keep, KeepSeen&) { keep.may_be_missing = true; },
     {}},
    {"nothing_and_nothing_on_a_read_only_store", [](WantedKeep&, KeepSeen&) {}, {}, read_only},
    {"nothing_and_a_read_only_store",
     [](WantedKeep&, KeepSeen& seen) { seen.store = a_file(); },
     {link_line},
     read_only},
    {"only_the_fallback",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.fallback = at_store("home/.y");
         seen.store = a_folder();
         seen.uses_fallback = true;
     },
     {"seed /storage/envkeep/home/.y -> /storage/envkeep/home/.x", link_line}},
    {"only_the_fallback_on_a_read_only_store",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.fallback = at_store("home/.y");
         seen.store = a_folder();
         seen.uses_fallback = true;
     },
     {},
     read_only},
};

const std::vector<Row> link_rows{
    {"right",
     [](WantedKeep& keep, KeepSeen& seen) {
         our_link(seen, LinkKind::right, keep.target);
         seen.store = a_folder();
     },
     {}},
    {"right_to_nothing",
     [](WantedKeep& keep, KeepSeen& seen) { our_link(seen, LinkKind::right, keep.target); },
     {store_folder_line}},
    {"right_to_nothing_on_a_read_only_store",
     [](WantedKeep& keep, KeepSeen& seen) { our_link(seen, LinkKind::right, keep.target); },
     {},
     read_only},
    {"right_of_a_match_that_is_gone",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.may_be_missing = true;
         our_link(seen, LinkKind::right, keep.target);
     },
     {"move_aside /root/.x"}},
    {"right_to_the_fallback_only",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.fallback = at_store("home/.y");
         our_link(seen, LinkKind::right, keep.target);
         seen.store = a_folder();
         seen.uses_fallback = true;
     },
     {"seed /storage/envkeep/home/.y -> /storage/envkeep/home/.x"}},
    {"older_store",
     [](WantedKeep&, KeepSeen& seen) {
         our_link(seen, LinkKind::older_store, "/old/.x");
         seen.store = a_folder();
     },
     {"replace_link /root/.x -> /storage/envkeep/home/.x (was our /old/.x)"}},
    {"older_store_and_nothing",
     [](WantedKeep&, KeepSeen& seen) { our_link(seen, LinkKind::older_store, "/old/.x"); },
     {store_folder_line, "replace_link /root/.x -> /storage/envkeep/home/.x (was our /old/.x)"}},
    {"older_store_whatever_the_manifest_prefers",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         our_link(seen, LinkKind::older_store, "/old/.x");
         seen.store = a_folder();
     },
     {"replace_link /root/.x -> /storage/envkeep/home/.x (was our /old/.x)"}},
    {"foreign",
     [](WantedKeep&, KeepSeen& seen) {
         our_link(seen, LinkKind::foreign, "/opt/x");
         seen.store = a_folder();
     },
     {"replace_link /root/.x -> /storage/envkeep/home/.x (was their /opt/x)"}},
    {"foreign_and_nothing",
     [](WantedKeep&, KeepSeen& seen) { our_link(seen, LinkKind::foreign, "/opt/x"); },
     {store_folder_line, "replace_link /root/.x -> /storage/envkeep/home/.x (was their /opt/x)"}},
    {"foreign_and_nothing_of_a_match",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.may_be_missing = true;
         our_link(seen, LinkKind::foreign, "/opt/x");
     },
     {}},
    {"foreign_and_stop",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         our_link(seen, LinkKind::foreign, "/opt/x");
         seen.store = a_folder();
     },
     {"conflict: it points elsewhere: '/opt/x', and the manifest says 'on_conflict: stop'"}},
    {"foreign_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         our_link(seen, LinkKind::foreign, "/opt/x");
         seen.store = a_folder();
     },
     {}},
    {"dangling",
     [](WantedKeep&, KeepSeen& seen) {
         our_link(seen, LinkKind::dangling, "/gone");
         seen.store = a_file();
     },
     {"replace_link /root/.x -> /storage/envkeep/home/.x (was their /gone)"}},
    {"dangling_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         our_link(seen, LinkKind::dangling, "/gone");
         seen.store = a_file();
     },
     {"replace_link /root/.x -> /storage/envkeep/home/.x (was their /gone)"}},
    {"dangling_and_stop",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         our_link(seen, LinkKind::dangling, "/gone");
         seen.store = a_file();
     },
     {"conflict: it points to nothing: '/gone', and the manifest says 'on_conflict: stop'"}},
};

const std::vector<Row> seed_rows{
    {"file_and_nothing",
     [](WantedKeep&, KeepSeen& seen) { seen.home = a_file(); },
     {seed_line, held_line}},
    {"folder_and_nothing",
     [](WantedKeep&, KeepSeen& seen) { seen.home = a_folder(); },
     {seed_line, held_line}},
    {"file_and_nothing_whatever_the_manifest_prefers",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         seen.home = a_file();
     },
     {seed_line, held_line}},
    {"match_and_nothing",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.may_be_missing = true;
         seen.home = a_file();
     },
     {seed_line, held_line}},
    {"file_and_nothing_on_a_read_only_store",
     [](WantedKeep&, KeepSeen& seen) { seen.home = a_file(); },
     {},
     read_only},
};

class MakePlanLink : public ::testing::TestWithParam<Row> {};

TEST_P(MakePlanLink, FollowsTheTable) {
    EXPECT_THAT(lines_for(GetParam(), Form::link),
                ::testing::ElementsAreArray(GetParam().expected));
}

std::string name_of_row(const ::testing::TestParamInfo<Row>& info) {
    return info.param.name;
}

using ::testing::ValuesIn;
INSTANTIATE_TEST_SUITE_P(Nothing, MakePlanLink, ValuesIn(nothing_rows), name_of_row);
INSTANTIATE_TEST_SUITE_P(Link, MakePlanLink, ValuesIn(link_rows), name_of_row);
INSTANTIATE_TEST_SUITE_P(Seed, MakePlanLink, ValuesIn(seed_rows), name_of_row);

}  // namespace
}  // namespace envkeep::keep::testing
