#!/usr/bin/env perl
# Writes a table as two MMDB files: records that are a number, and records
# that are a map of that number and an array of names.
#
# usage: write_mmdb.pl TABLE IDS LISTS
#   TABLE  lines "prefix, number, name…", tab-separated, parents before children
use strict;
use warnings;

use MaxMind::DB::Writer::Tree;

die "usage: write_mmdb.pl TABLE IDS LISTS\n" unless @ARGV == 3;
my ( $table, @files ) = @ARGV;

sub tree {
    my ($root) = @_;
    return MaxMind::DB::Writer::Tree->new(
        ip_version               => 6,
        record_size              => 24,
        database_type            => 'svctag-bench',
        languages                => ['en'],
        description              => { en => 'svctag bench' },
        alias_ipv6_to_ipv4       => 0,
        remove_reserved_networks => 0,
        root_data_type           => $root,
        map_key_type_callback    => sub { $_[0] eq 'tags' ? [ 'array', 'utf8_string' ] : 'uint32' },
    );
}

my $ids   = tree('uint32');
my $lists = tree('map');
open my $in, '<', $table or die "$table: $!\n";
while ( my $line = <$in> ) {
    chomp $line;
    my ( $prefix, $number, @names ) = split /\t/, $line;
    $ids->insert_network( $prefix, $number );
    $lists->insert_network( $prefix, { id => $number, tags => \@names } );
}
close $in;
for my $pair ( [ $ids, $files[0] ], [ $lists, $files[1] ] ) {
    my ( $tree, $file ) = @$pair;
    open my $out, '>:raw', $file or die "$file: $!\n";
    $tree->write_tree($out);
    close $out or die "$file: $!\n";
}
