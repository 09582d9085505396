"""Says in a header how many statements a request sent to the database."""

from django.db import connection

HEADER = "X-Queries"


def count_queries(get_response):
    def counted(request):
        seen = 0

        def count(execute, *args):
            nonlocal seen
            seen += 1
            return execute(*args)

        with connection.execute_wrapper(count):
            response = get_response(request)
        response[HEADER] = str(seen)
        return response

    return counted
